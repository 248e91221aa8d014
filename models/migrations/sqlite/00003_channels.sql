-- +goose Up
-- A notification channel is how Google tells of changes to one calendar; its token proves that it is Google.
-- token_hash is a SHA-256 in hex: who can read this table still cannot send such a message.
CREATE TABLE agcrm_google_channels (
    channel_id  TEXT NOT NULL PRIMARY KEY,
    user_id     INTEGER NOT NULL,
    calendar_id TEXT NOT NULL,
    resource_id TEXT NOT NULL DEFAULT '',
    token_hash  TEXT NOT NULL,
    address     TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL DEFAULT 0,
    heard_ms    INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_channels_user ON agcrm_google_channels (user_id);

-- Counting links by their state is asked at every page of an administrator.
CREATE INDEX agcrm_google_links_state ON agcrm_google_links (state);

-- When a run last found something new in Google, and how many minutes lie between two polls now.
ALTER TABLE agcrm_google_links ADD COLUMN changed_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agcrm_google_links ADD COLUMN poll_minutes INTEGER NOT NULL DEFAULT 0;
