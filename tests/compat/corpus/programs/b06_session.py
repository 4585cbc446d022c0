import os
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"])
print(client.health_check()["status"])
client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
me = client.get_current_user()
print(me["email"] == os.environ["ABLAGE_EMAIL"], me["role"], me.get("is_active"))
client.logout()
