-- +goose Up
-- A meeting is an event of Google that several employees share: it has one row, whoever's run finds it first.
-- The primary key decides between two runs that find it at once. It is a SHA-256 in hex: the parts are too long for an index.
CREATE TABLE agcrm_google_meetings (
    meeting_key nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT agcrm_google_meetings_pk PRIMARY KEY,
    schedule_id bigint NOT NULL,
    organizer   nvarchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
    guests      nvarchar(max) NOT NULL DEFAULT N'',
    created_ms  bigint NOT NULL
);
CREATE INDEX agcrm_google_meetings_schedule ON agcrm_google_meetings (schedule_id);

-- What an employee should know and no log line may bury.
CREATE TABLE agcrm_google_notices (
    id          bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_notices_pk PRIMARY KEY,
    user_id     bigint NOT NULL,
    schedule_id bigint NOT NULL,
    subject     nvarchar(1024) NOT NULL DEFAULT N'',
    event_link  nvarchar(2000) NOT NULL DEFAULT N'',
    created_ms  bigint NOT NULL
);
CREATE INDEX agcrm_google_notices_user ON agcrm_google_notices (user_id, schedule_id);

-- uid_key finds all copies of a meeting; kept marks events that stand on their own in Google.
ALTER TABLE agcrm_google_pairs ADD uid_key nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT agcrm_google_pairs_uid_default DEFAULT N'';
ALTER TABLE agcrm_google_pairs ADD read_only bit NOT NULL CONSTRAINT agcrm_google_pairs_read_only_default DEFAULT 0;
ALTER TABLE agcrm_google_pairs ADD kept bit NOT NULL CONSTRAINT agcrm_google_pairs_kept_default DEFAULT 0;
EXEC(N'CREATE INDEX agcrm_google_pairs_uid ON agcrm_google_pairs (uid_key)'); -- a batch that adds a column does not know it yet

-- What the version before left aside is taken up now: list everything once more.
DELETE FROM agcrm_google_left_aside WHERE reason_key IN ('aside.guests', 'aside.guest_copy', 'aside.event_type');
UPDATE agcrm_google_calendars SET sync_token = N'';
UPDATE agcrm_google_pairs SET etag = N'"0"' WHERE state = 'live'; -- no event's: each is read again
