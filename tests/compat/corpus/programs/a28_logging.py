import logging
import sys

from ablage_client import AblageClient

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpx2").setLevel(logging.WARNING)
logger = logging.getLogger("import")

client = AblageClient()
for path in sys.argv[1:]:
    document = client.documents.upload(path)
    logger.info("uploaded %s (%d bytes)", document.filename, document.size)
    document = client.documents.wait_for_completion(document.id)
    if not document.ocr_text:
        logger.warning("no text in %s", document.filename)
    elif document.confidence_score < 0.5:
        logger.warning("bad text in %s", document.filename)
    else:
        logger.info("%s: %s", document.filename, document.ocr_text.strip())
