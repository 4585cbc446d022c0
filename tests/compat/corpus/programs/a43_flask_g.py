import os
import sys
from flask import Flask, current_app, g, jsonify, request
from ablage_client import AblageClient
from ablage_client.exceptions import AblageAPIError, AblageNotFoundError

app = Flask(__name__)


def archive():
    if "archive" not in g:
        g.archive = AblageClient(api_key=os.environ["ABLAGE_API_KEY"])
    return g.archive


@app.errorhandler(AblageNotFoundError)
def missing(error):
    return jsonify(error=type(error).__name__, status=error.status_code), 404


@app.errorhandler(AblageAPIError)
def failed(error):
    return {"error": error.message}, error.status_code or 502


@app.get("/d/<id>")
def show(id):
    doc = archive().documents.get(id)
    return jsonify(name=doc.filename, text=doc.ocr_text, score=doc.confidence_score, status=doc.status, meta=doc.metadata)


@app.get("/d")
def index():
    page = archive().documents.list(page_size=request.args.get("n", 10, type=int))
    return jsonify([{"id": d.id, "created": d.created_at.isoformat()[:2], "text": d.ocr_text} for d in page])


c = AblageClient()
d = c.documents.wait_for_completion(c.documents.upload(sys.argv[1]).id)
with app.test_client() as http:
    r = http.get(f"/d/{d.id}").json
    print(r["name"], r["text"].strip(), r["status"], r["meta"], type(r["score"]).__name__)
    print(len(http.get("/d").json), http.get("/d").json[0]["created"], http.get("/d/00000000-0000-7000-8000-000000000000").status_code)
