"""What ``import ablage_client`` finds in a process started by ``python -m ablage_client_compat``."""

from ablage_client_compat.alias import install

install()  # puts itself in the place of this module
