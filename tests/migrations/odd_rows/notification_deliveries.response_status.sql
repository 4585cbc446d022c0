UPDATE notification_deliveries
SET response_status = 200, webhook_id = (SELECT id FROM webhooks LIMIT 1), next_attempt_at = now()
WHERE hashtext(id::text) & 1 = 0;
