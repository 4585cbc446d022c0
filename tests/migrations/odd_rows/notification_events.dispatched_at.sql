UPDATE notification_events
SET dispatched_at = CASE WHEN hashtext(id::text) & 1 = 0 THEN now() END;
