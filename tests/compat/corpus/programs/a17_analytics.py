import sys
from ablage_client import AblageClient

client = AblageClient()
for path in sys.argv[1:]:
    client.documents.wait_for_completion(client.documents.upload(path).id)
usage = client.analytics.get_usage()
print(usage["documents_total"], usage.pages_total, usage["documents_by_status"])
metrics = client.analytics.get_metrics()
print(metrics["queue_depth"], metrics.get("success_rate"))
