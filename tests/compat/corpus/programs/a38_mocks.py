import sys
import unittest
from unittest import mock
from unittest.mock import MagicMock, patch

import ablage_client
from ablage_client import AblageClient


def text_of(client, id):
    return client.documents.get(id).ocr_text


def latest():
    client = ablage_client.AblageClient()
    return text_of(client, "x")


class T(unittest.TestCase):
    @patch("ablage_client.AblageClient")
    def test_patch(self, cls):
        cls.return_value.documents.get.return_value.ocr_text = "hello"
        self.assertEqual(latest(), "hello")

    def test_spec(self):
        client = MagicMock(spec=AblageClient)
        client.documents.get.return_value.ocr_text = "spec"
        self.assertEqual(text_of(client, "1"), "spec")
        client.documents.get.assert_called_once_with("1")

    def test_object(self):
        with mock.patch.object(ablage_client, "AblageClient") as cls:
            cls.return_value.documents.get.return_value.ocr_text = "obj"
            self.assertEqual(latest(), "obj")


r = unittest.TextTestRunner(stream=open("log.txt", "w")).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
print(r.testsRun, len(r.errors), len(r.failures))
