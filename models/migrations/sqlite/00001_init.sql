-- +goose Up
CREATE TABLE IF NOT EXISTS users (
    id            INTEGER NOT NULL PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL DEFAULT '',
    email         TEXT,
    role          TEXT NOT NULL DEFAULT 'employee',
    password_hash TEXT NOT NULL DEFAULT '',
    locale        TEXT,
    time_zone     TEXT,
    disabled      INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS schedules (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id          INTEGER NOT NULL,
    subject           TEXT NOT NULL DEFAULT '',
    location          TEXT,
    body              TEXT,
    start_at          TEXT NOT NULL,
    end_at            TEXT NOT NULL,
    all_day           INTEGER NOT NULL DEFAULT 0,
    time_zone         TEXT,
    private           INTEGER NOT NULL DEFAULT 0,
    busy              INTEGER NOT NULL DEFAULT 1,
    color_id          INTEGER,
    recurrence        TEXT,
    series_id         INTEGER,
    original_start_at TEXT,
    updated_at        TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    row_version       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS agcrm_google_schedules_owner ON schedules (owner_id, start_at);
CREATE INDEX IF NOT EXISTS agcrm_google_schedules_version ON schedules (row_version);
CREATE INDEX IF NOT EXISTS agcrm_google_schedules_series ON schedules (series_id);

CREATE TABLE IF NOT EXISTS schedule_participants (
    schedule_id INTEGER NOT NULL,
    user_id     INTEGER NOT NULL,
    response    TEXT NOT NULL DEFAULT 'needsAction',
    PRIMARY KEY (schedule_id, user_id)
);
CREATE INDEX IF NOT EXISTS agcrm_google_participants_user ON schedule_participants (user_id);

-- The counter behind row_version: it grows with every write to schedules, whoever writes.
CREATE TABLE agcrm_google_row_version (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL
);
INSERT INTO agcrm_google_row_version (id, value) VALUES (1, 0);

-- +goose StatementBegin
CREATE TRIGGER agcrm_google_schedules_insert AFTER INSERT ON schedules
BEGIN
    UPDATE agcrm_google_row_version SET value = value + 1;
    UPDATE schedules SET row_version = (SELECT value FROM agcrm_google_row_version) WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER agcrm_google_schedules_update AFTER UPDATE ON schedules
WHEN NEW.row_version = OLD.row_version
BEGIN
    UPDATE agcrm_google_row_version SET value = value + 1;
    UPDATE schedules SET row_version = (SELECT value FROM agcrm_google_row_version) WHERE id = NEW.id;
END;
-- +goose StatementEnd

CREATE TABLE agcrm_google_settings (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    installation_id TEXT NOT NULL,
    enabled         INTEGER NOT NULL DEFAULT 0,
    default_color   INTEGER NOT NULL DEFAULT 0,
    conflict_policy TEXT NOT NULL DEFAULT 'newest',
    window_past     INTEGER NOT NULL DEFAULT 30,
    client_id       TEXT NOT NULL DEFAULT '',
    project_id      TEXT NOT NULL DEFAULT '',
    client_secrets  BLOB,
    updated_ms      INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE agcrm_google_sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX agcrm_google_sessions_expiry ON agcrm_google_sessions (expires_ms);

CREATE TABLE agcrm_google_links (
    user_id          INTEGER NOT NULL PRIMARY KEY,
    sub              TEXT NOT NULL UNIQUE,
    email            TEXT NOT NULL DEFAULT '',
    token            BLOB,
    scopes           TEXT NOT NULL DEFAULT '',
    state            TEXT NOT NULL DEFAULT 'active',
    saved            INTEGER NOT NULL DEFAULT 0,
    paused           INTEGER NOT NULL DEFAULT 0,
    target_calendar  TEXT NOT NULL DEFAULT '',
    interval_minutes INTEGER NOT NULL DEFAULT 5,
    direction        TEXT NOT NULL DEFAULT 'both',
    color            INTEGER NOT NULL DEFAULT 0,
    unlink_google    TEXT NOT NULL DEFAULT '',
    unlink_schedules TEXT NOT NULL DEFAULT '',
    last_run_ms      INTEGER NOT NULL DEFAULT 0,
    last_success_ms  INTEGER NOT NULL DEFAULT 0,
    next_run_ms      INTEGER NOT NULL DEFAULT 0,
    pause_until_ms   INTEGER NOT NULL DEFAULT 0,
    failures         INTEGER NOT NULL DEFAULT 0,
    error_key        TEXT NOT NULL DEFAULT '',
    error_args       TEXT NOT NULL DEFAULT '',
    backlog          INTEGER NOT NULL DEFAULT 0,
    lease_owner      TEXT NOT NULL DEFAULT '',
    lease_until_ms   INTEGER NOT NULL DEFAULT 0,
    epoch            INTEGER NOT NULL DEFAULT 0,
    created_ms       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_links_due ON agcrm_google_links (next_run_ms);

CREATE TABLE agcrm_google_calendars (
    user_id     INTEGER NOT NULL,
    calendar_id TEXT NOT NULL,
    summary     TEXT NOT NULL DEFAULT '',
    time_zone   TEXT NOT NULL DEFAULT '',
    color       TEXT NOT NULL DEFAULT '',
    is_primary  INTEGER NOT NULL DEFAULT 0,
    selected    INTEGER NOT NULL DEFAULT 0,
    lost        INTEGER NOT NULL DEFAULT 0,
    sync_token  TEXT NOT NULL DEFAULT '',
    token_ms    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, calendar_id)
);
CREATE UNIQUE INDEX agcrm_google_calendars_once ON agcrm_google_calendars (calendar_id) WHERE selected = 1;

CREATE TABLE agcrm_google_pairs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL,
    sub          TEXT NOT NULL,
    calendar_id  TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    event_key    TEXT NOT NULL,
    schedule_id  INTEGER NOT NULL,
    state        TEXT NOT NULL,
    origin       TEXT NOT NULL,
    nonce        TEXT NOT NULL DEFAULT '',
    ical_uid     TEXT NOT NULL DEFAULT '',
    etag         TEXT NOT NULL DEFAULT '',
    row_version  INTEGER NOT NULL DEFAULT 0,
    agreed_row   TEXT NOT NULL DEFAULT '',
    agreed_event TEXT NOT NULL DEFAULT '',
    sent         TEXT NOT NULL DEFAULT '',
    parked_key   TEXT NOT NULL DEFAULT '',
    parked_args  TEXT NOT NULL DEFAULT '',
    parked_at    TEXT NOT NULL DEFAULT '',
    missing_ms   INTEGER NOT NULL DEFAULT 0,
    seen_ms      INTEGER NOT NULL DEFAULT 0,
    seen_version INTEGER NOT NULL DEFAULT 0,
    created_ms   INTEGER NOT NULL,
    updated_ms   INTEGER NOT NULL
);
CREATE UNIQUE INDEX agcrm_google_pairs_event ON agcrm_google_pairs (user_id, event_key, calendar_id);
CREATE UNIQUE INDEX agcrm_google_pairs_row ON agcrm_google_pairs (user_id, sub, schedule_id);
CREATE INDEX agcrm_google_pairs_schedule ON agcrm_google_pairs (schedule_id);

CREATE TABLE agcrm_google_left_aside (
    user_id     INTEGER NOT NULL,
    side        TEXT NOT NULL,
    ref         TEXT NOT NULL,
    version     TEXT NOT NULL DEFAULT '',
    calendar_id TEXT NOT NULL DEFAULT '',
    event_id    TEXT NOT NULL DEFAULT '',
    subject     TEXT NOT NULL DEFAULT '',
    reason_key  TEXT NOT NULL,
    reason_args TEXT NOT NULL DEFAULT '',
    seen_ms     INTEGER NOT NULL,
    PRIMARY KEY (user_id, side, ref)
);

CREATE TABLE agcrm_google_held (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL,
    pair_id     INTEGER NOT NULL UNIQUE,
    side        TEXT NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    starts      TEXT NOT NULL DEFAULT '',
    decision    TEXT NOT NULL DEFAULT '',
    decided_by  INTEGER NOT NULL DEFAULT 0,
    created_ms  INTEGER NOT NULL
);
CREATE INDEX agcrm_google_held_user ON agcrm_google_held (user_id);

CREATE TABLE agcrm_google_history (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL,
    schedule_id INTEGER NOT NULL DEFAULT 0,
    calendar_id TEXT NOT NULL DEFAULT '',
    event_id    TEXT NOT NULL DEFAULT '',
    side        TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    before_json TEXT NOT NULL DEFAULT '',
    after_json  TEXT NOT NULL DEFAULT '',
    created_ms  INTEGER NOT NULL,
    restored_ms INTEGER NOT NULL DEFAULT 0,
    paired_ms   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_history_user ON agcrm_google_history (user_id, id);
CREATE INDEX agcrm_google_history_brake ON agcrm_google_history (created_ms, action);

CREATE TABLE agcrm_google_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL,
    level      TEXT NOT NULL,
    message    TEXT NOT NULL,
    args       TEXT NOT NULL DEFAULT '',
    subject    TEXT NOT NULL DEFAULT '',
    created_ms INTEGER NOT NULL
);
CREATE INDEX agcrm_google_log_user ON agcrm_google_log (user_id, id);
