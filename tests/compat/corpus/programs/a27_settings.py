"""Settings of the server, as a start script sets them."""
import os

from ablage_client import AblageClient

os.environ.setdefault("OCR_ENGINE", "text-layer")
os.environ["REDIS_URL"] = "redis://localhost:6379/0"
os.environ["MAX_FILE_SIZE"] = "52428800"

limit = int(os.environ["MAX_FILE_SIZE"])
default = int(os.getenv("MAX_OTHER", "10"))
print(limit, default, os.getenv("OCR_ENGINE"), os.environ.get("REDIS_URL", "none"))
print("OCR_ENGINE" in os.environ, AblageClient().base_url.startswith("http://"))
