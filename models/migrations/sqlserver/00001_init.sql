-- +goose Up
-- All text is nvarchar, keys and hashes in a binary collation: parameters arrive as nvarchar, so indexes are
-- sought without a conversion, and no collation of the database takes two keys for one.
-- The three shared tables are made only where nothing of the name stands in the login's own schema.
-- +goose StatementBegin
IF OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.users') IS NULL
EXEC(N'CREATE TABLE users (
    id            bigint NOT NULL CONSTRAINT agcrm_google_users_pk PRIMARY KEY,
    login         nvarchar(64) NOT NULL CONSTRAINT agcrm_google_users_login UNIQUE,
    name          nvarchar(255) NOT NULL DEFAULT N'''',
    email         nvarchar(255) NULL,
    role          nvarchar(16) NOT NULL DEFAULT N''employee'',
    password_hash nvarchar(255) NOT NULL DEFAULT N'''',
    locale        nvarchar(8) NULL,
    time_zone     nvarchar(64) NULL,
    disabled      bit NOT NULL DEFAULT 0
)');
-- +goose StatementEnd

-- +goose StatementBegin
IF OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.schedules') IS NULL
EXEC(N'CREATE TABLE schedules (
    id                bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_schedules_pk PRIMARY KEY,
    owner_id          bigint NOT NULL,
    subject           nvarchar(255) NOT NULL DEFAULT N'''',
    location          nvarchar(255) NULL,
    body              nvarchar(max) NULL,
    start_at          datetime2(0) NOT NULL,
    end_at            datetime2(0) NOT NULL,
    all_day           bit NOT NULL DEFAULT 0,
    time_zone         nvarchar(64) NULL,
    private           bit NOT NULL DEFAULT 0,
    busy              bit NOT NULL DEFAULT 1,
    color_id          tinyint NULL,
    recurrence        nvarchar(max) NULL,
    series_id         bigint NULL,
    original_start_at datetime2(0) NULL,
    updated_at        datetime2(3) NULL DEFAULT SYSUTCDATETIME(),
    row_version       rowversion NOT NULL
);
CREATE INDEX agcrm_google_schedules_owner ON schedules (owner_id, start_at);
CREATE INDEX agcrm_google_schedules_version ON schedules (row_version);
CREATE INDEX agcrm_google_schedules_series ON schedules (series_id)');
-- +goose StatementEnd

-- +goose StatementBegin
IF OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.schedule_participants') IS NULL
EXEC(N'CREATE TABLE schedule_participants (
    schedule_id bigint NOT NULL,
    user_id     bigint NOT NULL,
    response    nvarchar(16) NOT NULL DEFAULT N''needsAction'',
    CONSTRAINT agcrm_google_participants_pk PRIMARY KEY (schedule_id, user_id)
);
CREATE INDEX agcrm_google_participants_user ON schedule_participants (user_id)');
-- +goose StatementEnd

CREATE TABLE agcrm_google_settings (
    id              int NOT NULL CONSTRAINT agcrm_google_settings_pk PRIMARY KEY CHECK (id = 1),
    installation_id nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
    enabled         bit NOT NULL DEFAULT 0,
    default_color   int NOT NULL DEFAULT 0,
    conflict_policy nvarchar(16) NOT NULL DEFAULT 'newest',
    window_past     int NOT NULL DEFAULT 30,
    client_id       nvarchar(255) NOT NULL DEFAULT N'',
    project_id      nvarchar(255) NOT NULL DEFAULT N'',
    client_secrets  varbinary(max) NULL,
    updated_ms      bigint NOT NULL DEFAULT 0
);

CREATE TABLE agcrm_google_sessions (
    token_hash nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT agcrm_google_sessions_pk PRIMARY KEY,
    data       varbinary(max) NOT NULL,
    expires_ms bigint NOT NULL
);
CREATE INDEX agcrm_google_sessions_expiry ON agcrm_google_sessions (expires_ms);

CREATE TABLE agcrm_google_links (
    user_id          bigint NOT NULL CONSTRAINT agcrm_google_links_pk PRIMARY KEY,
    sub              nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL UNIQUE,
    email            nvarchar(255) NOT NULL DEFAULT N'',
    token            varbinary(max) NULL,
    scopes           nvarchar(2000) NOT NULL DEFAULT N'',
    state            nvarchar(16) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT 'active',
    saved            bit NOT NULL DEFAULT 0,
    paused           bit NOT NULL DEFAULT 0,
    target_calendar  nvarchar(255) NOT NULL DEFAULT N'',
    interval_minutes int NOT NULL DEFAULT 5,
    direction        nvarchar(16) NOT NULL DEFAULT 'both',
    color            int NOT NULL DEFAULT 0,
    unlink_google    nvarchar(8) NOT NULL DEFAULT N'',
    unlink_schedules nvarchar(8) NOT NULL DEFAULT N'',
    last_run_ms      bigint NOT NULL DEFAULT 0,
    last_success_ms  bigint NOT NULL DEFAULT 0,
    next_run_ms      bigint NOT NULL DEFAULT 0,
    pause_until_ms   bigint NOT NULL DEFAULT 0,
    failures         int NOT NULL DEFAULT 0,
    error_key        nvarchar(64) NOT NULL DEFAULT N'',
    error_args       nvarchar(max) NOT NULL DEFAULT N'',
    backlog          int NOT NULL DEFAULT 0,
    lease_owner      nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    lease_until_ms   bigint NOT NULL DEFAULT 0,
    epoch            bigint NOT NULL DEFAULT 0,
    created_ms       bigint NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_links_due ON agcrm_google_links (next_run_ms);

CREATE TABLE agcrm_google_calendars (
    user_id     bigint NOT NULL,
    calendar_id nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
    summary     nvarchar(1024) NOT NULL DEFAULT N'',
    time_zone   nvarchar(64) NOT NULL DEFAULT N'',
    color       nvarchar(16) NOT NULL DEFAULT N'',
    is_primary  bit NOT NULL DEFAULT 0,
    selected    bit NOT NULL DEFAULT 0,
    lost        bit NOT NULL DEFAULT 0,
    sync_token  nvarchar(max) NOT NULL DEFAULT N'',
    token_ms    bigint NOT NULL DEFAULT 0,
    CONSTRAINT agcrm_google_calendars_pk PRIMARY KEY (user_id, calendar_id)
);
CREATE UNIQUE INDEX agcrm_google_calendars_once ON agcrm_google_calendars (calendar_id) WHERE selected = 1;

CREATE TABLE agcrm_google_pairs (
    id           bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_pairs_pk PRIMARY KEY,
    user_id      bigint NOT NULL,
    sub          nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
    calendar_id  nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
    event_id     nvarchar(1024) COLLATE Latin1_General_BIN2 NOT NULL,
    event_key    nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
    schedule_id  bigint NOT NULL,
    state        nvarchar(16) COLLATE Latin1_General_BIN2 NOT NULL,
    origin       nvarchar(8) NOT NULL,
    nonce        nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    ical_uid     nvarchar(1024) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    etag         nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    row_version  bigint NOT NULL DEFAULT 0,
    agreed_row   nvarchar(max) NOT NULL DEFAULT N'',
    agreed_event nvarchar(max) NOT NULL DEFAULT N'',
    sent         nvarchar(max) NOT NULL DEFAULT N'',
    parked_key   nvarchar(64) NOT NULL DEFAULT N'',
    parked_args  nvarchar(max) NOT NULL DEFAULT N'',
    parked_at    nvarchar(300) NOT NULL DEFAULT N'',
    missing_ms   bigint NOT NULL DEFAULT 0,
    seen_ms      bigint NOT NULL DEFAULT 0,
    seen_version bigint NOT NULL DEFAULT 0,
    created_ms   bigint NOT NULL,
    updated_ms   bigint NOT NULL
);
CREATE UNIQUE INDEX agcrm_google_pairs_event ON agcrm_google_pairs (user_id, event_key, calendar_id);
CREATE UNIQUE INDEX agcrm_google_pairs_row ON agcrm_google_pairs (user_id, sub, schedule_id);
CREATE INDEX agcrm_google_pairs_schedule ON agcrm_google_pairs (schedule_id);

CREATE TABLE agcrm_google_left_aside (
    user_id     bigint NOT NULL,
    side        nvarchar(8) COLLATE Latin1_General_BIN2 NOT NULL,
    ref         nvarchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
    version     nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    calendar_id nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    event_id    nvarchar(1024) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    subject     nvarchar(1024) NOT NULL DEFAULT N'',
    reason_key  nvarchar(64) NOT NULL,
    reason_args nvarchar(max) NOT NULL DEFAULT N'',
    seen_ms     bigint NOT NULL,
    CONSTRAINT agcrm_google_left_aside_pk PRIMARY KEY (user_id, side, ref)
);

CREATE TABLE agcrm_google_held (
    id          bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_held_pk PRIMARY KEY,
    user_id     bigint NOT NULL,
    pair_id     bigint NOT NULL UNIQUE,
    side        nvarchar(8) COLLATE Latin1_General_BIN2 NOT NULL,
    subject     nvarchar(1024) NOT NULL DEFAULT N'',
    starts      nvarchar(200) NOT NULL DEFAULT N'',
    decision    nvarchar(8) NOT NULL DEFAULT N'',
    decided_by  bigint NOT NULL DEFAULT 0,
    created_ms  bigint NOT NULL
);
CREATE INDEX agcrm_google_held_user ON agcrm_google_held (user_id);

CREATE TABLE agcrm_google_history (
    id          bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_history_pk PRIMARY KEY,
    user_id     bigint NOT NULL,
    schedule_id bigint NOT NULL DEFAULT 0,
    calendar_id nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    event_id    nvarchar(1024) COLLATE Latin1_General_BIN2 NOT NULL DEFAULT N'',
    side        nvarchar(8) COLLATE Latin1_General_BIN2 NOT NULL,
    action      nvarchar(16) NOT NULL,
    subject     nvarchar(1024) NOT NULL DEFAULT N'',
    before_json nvarchar(max) NOT NULL DEFAULT N'',
    after_json  nvarchar(max) NOT NULL DEFAULT N'',
    created_ms  bigint NOT NULL,
    restored_ms bigint NOT NULL DEFAULT 0,
    paired_ms   bigint NOT NULL DEFAULT 0
);
CREATE INDEX agcrm_google_history_user ON agcrm_google_history (user_id, id);
CREATE INDEX agcrm_google_history_brake ON agcrm_google_history (created_ms, action);

CREATE TABLE agcrm_google_log (
    id         bigint IDENTITY(1,1) NOT NULL CONSTRAINT agcrm_google_log_pk PRIMARY KEY,
    user_id    bigint NOT NULL,
    level      nvarchar(8) NOT NULL,
    message    nvarchar(64) NOT NULL,
    args       nvarchar(max) NOT NULL DEFAULT N'',
    subject    nvarchar(1024) NOT NULL DEFAULT N'',
    created_ms bigint NOT NULL
);
CREATE INDEX agcrm_google_log_user ON agcrm_google_log (user_id, id);
