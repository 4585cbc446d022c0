import os
import uuid
from ablage_client import AblageClient
from ablage_client.exceptions import AblagePermissionError

admin = AblageClient(os.environ["ABLAGE_ADMIN_KEY"])
name = f"u{uuid.uuid4().hex}@example.com"
user = admin.users.create(name, "a-long-password-1", role="viewer")
print(user.role, user.is_active)
user = admin.users.update(user.id, role="user", full_name="Erika Mustermann")
print(user.role, user.full_name, admin.users.get(user.id).email == name)
admin.users.delete(user.id)
try:
    AblageClient().users.create("x@example.com", "a-long-password-1")
except AblagePermissionError as error:
    print(error.status_code)
