"""A small web application."""
import sys

from flask import Flask, abort, jsonify

from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError

app = Flask(__name__)
archive = AblageClient()


@app.get("/documents/<document_id>/ocr-text")
def text(document_id):
    try:
        document = archive.documents.get(document_id)
    except AblageNotFoundError:
        abort(404)
    return jsonify(name=document.filename, text=document.ocr_text, score=document.confidence_score)


@app.get("/documents")
def documents():
    return jsonify([{"name": d.filename, "chars": len(d.ocr_text)} for d in archive.documents.list()])


for path in sys.argv[1:]:
    last = archive.documents.wait_for_completion(archive.documents.upload(path).id)

browser = app.test_client()
print(browser.get(f"/documents/{last.id}/ocr-text").json)
print(browser.get("/documents/00000000-0000-7000-8000-000000000000/ocr-text").status_code)
print(browser.get("/documents").json)
