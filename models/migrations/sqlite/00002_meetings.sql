-- +goose Up
-- A meeting is an event of Google that several employees share: it has one row, whoever's run finds it first.
-- The primary key decides between two runs that find it at once.
CREATE TABLE agcrm_google_meetings (
    meeting_key TEXT NOT NULL PRIMARY KEY,
    schedule_id INTEGER NOT NULL,
    organizer   TEXT NOT NULL,
    guests      TEXT NOT NULL DEFAULT '',
    created_ms  INTEGER NOT NULL
);
CREATE INDEX agcrm_google_meetings_schedule ON agcrm_google_meetings (schedule_id);

-- What an employee should know and no log line may bury.
CREATE TABLE agcrm_google_notices (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL,
    schedule_id INTEGER NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    event_link  TEXT NOT NULL DEFAULT '',
    created_ms  INTEGER NOT NULL
);
CREATE INDEX agcrm_google_notices_user ON agcrm_google_notices (user_id, schedule_id);

-- uid_key finds all copies of a meeting; kept marks events that stand on their own in Google.
ALTER TABLE agcrm_google_pairs ADD COLUMN uid_key TEXT NOT NULL DEFAULT '';
ALTER TABLE agcrm_google_pairs ADD COLUMN read_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agcrm_google_pairs ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
CREATE INDEX agcrm_google_pairs_uid ON agcrm_google_pairs (uid_key);

-- What the version before left aside is taken up now: list everything once more.
DELETE FROM agcrm_google_left_aside WHERE reason_key IN ('aside.guests', 'aside.guest_copy', 'aside.event_type');
UPDATE agcrm_google_calendars SET sync_token = '';
UPDATE agcrm_google_pairs SET etag = '"0"' WHERE state = 'live'; -- no event's: each is read again
