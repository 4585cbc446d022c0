import os
import queue
import sys
import threading

from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_API_KEY"])
todo = queue.Queue()
done = {}
lock = threading.Lock()


def worker():
    while True:
        try:
            path = todo.get_nowait()
        except queue.Empty:
            return
        document = client.wait_for_processing(client.upload_document(path).id)
        with lock:
            done[path] = document


for path in sys.argv[1:]:
    todo.put(path)
threads = [threading.Thread(target=worker) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for path in sorted(done):
    print(path, done[path].ocr_text.strip())
