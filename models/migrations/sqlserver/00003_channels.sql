-- +goose Up
-- A notification channel is how Google tells of changes to one calendar; its token proves that it is Google.
-- token_hash is a SHA-256 in hex: who can read this table still cannot send such a message.
CREATE TABLE agcrm_google_channels (
    channel_id  nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT agcrm_google_channels_pk PRIMARY KEY,
    user_id     bigint NOT NULL,
    calendar_id nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
    resource_id nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    token_hash  nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
    address     nvarchar(2000) NOT NULL,
    created_ms  bigint NOT NULL,
    expires_ms  bigint NOT NULL DEFAULT 0,
    heard_ms    bigint NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_channels_user ON agcrm_google_channels (user_id);

-- Counting links by their state is asked at every page of an administrator.
CREATE INDEX agcrm_google_links_state ON agcrm_google_links (state);

-- When a run last found something new in Google, and how many minutes lie between two polls now.
ALTER TABLE agcrm_google_links ADD changed_ms bigint NOT NULL CONSTRAINT agcrm_google_links_changed_default DEFAULT 0;
ALTER TABLE agcrm_google_links ADD poll_minutes int NOT NULL CONSTRAINT agcrm_google_links_poll_default DEFAULT 0;
