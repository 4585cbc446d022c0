import sys, os, contextlib, tempfile, pathlib
from ablage_client import AblageClient

with contextlib.ExitStack() as stack:
    c = stack.enter_context(AblageClient())
    f = stack.enter_context(open(sys.argv[1], "rb"))
    doc = c.documents.upload(f)
    doc = c.documents.wait_for_completion(doc.id)
    data = c.documents.download(doc.id)
    print(data[:4], len(data) == os.path.getsize(sys.argv[1]))
    c.documents.download(doc.id, "out.pdf")
    print(len(data) == os.path.getsize("out.pdf"))
    os.remove("out.pdf")
    print(c.documents.upload(open(sys.argv[1], "rb").read(), "bytes.pdf").filename)
    p = pathlib.Path(sys.argv[2])
    with p.open("rb") as fh:
        print(c.documents.upload(fh).filename)
    print(c.documents.reprocess(doc.id).status in ("pending", "processing", "completed"))
    done = c.documents.wait_for_completion(doc.id)
    print(done.ocr_text.strip() == c.documents.get_ocr_text(doc.id).strip(), c.documents.delete(doc.id))
with AblageClient() as a, AblageClient() as b:
    print(len(a.documents.list()) == len(b.documents.list()))
    u = a.get_current_user()
    print(u["role"], u.role, u.is_active, a.health_check()["status"])
