DROP TABLE webhook_attempts;
DROP TABLE webhook_queue;
DROP TABLE webhooks;
