import os
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_ADMIN_KEY"])
hook = client.webhooks.create("https://example.com/hook", events=["document.processed"])
print(hook.url, hook.events, hook.active, hook.secret.startswith("whsec_"))
hook = client.webhooks.update(hook.id, active=False)
print(hook.active, client.webhooks.get(hook.id).is_active)
rotated = client.webhooks.rotate_secret(hook.id)
print(rotated.secret.startswith("whsec_"))
print(hook.id in [h.id for h in client.webhooks.list()])
client.webhooks.delete(hook.id)
print(hook.id in [h.id for h in client.webhooks.list()])
