-- Every statement that agcrm-google sends to SQL Server in a normal cycle, by purpose, as it goes over the
-- wire. Parameters are listed before each statement with the types they are declared as; statements with
-- parameters go through sp_executesql, the others as plain batches. Lists (IN, VALUES) are shown with one or two
-- members; at most 200 members and 2,000 parameters go into one statement.
--
-- Generated: go test ./models -run TestStatements -update


-- ==== At the start: what stands in the login's own schema, and what the shared names mean there

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 nvarchar, @p11 nvarchar, @p12 nvarchar, @p13 nvarchar, @p14 nvarchar, @p15 nvarchar, @p16 nvarchar
SELECT o.name FROM sys.objects o WHERE o.schema_id = SCHEMA_ID(SCHEMA_NAME()) AND o.name IN (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,@p14,@p15,@p16);

SELECT SCHEMA_NAME() AS name;

-- @p1 nvarchar
SELECT c.name, TYPE_NAME(c.system_type_id) AS type_name, COALESCE(c.collation_name, '') AS collation_name, c.max_length,
c.[precision] AS digits, c.scale, c.is_nullable AS nullable
FROM sys.columns c WHERE c.object_id = OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(@p1));

-- @p1 nvarchar
SELECT COUNT(*) FROM sys.views v WHERE v.object_id = OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(@p1));

-- @p1 nvarchar
SELECT COUNT(*) FROM sys.objects o WHERE o.object_id = OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(@p1));


-- ==== At the start, where schedules is a view: how it is written, and what it is made of

-- @p1 nvarchar
SELECT COUNT(*) FROM sys.triggers t JOIN sys.trigger_events e ON e.object_id = t.object_id
WHERE t.is_instead_of_trigger = 1 AND t.is_disabled = 0 AND e.type_desc = N'INSERT' AND t.parent_id = OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(@p1));

SELECT QUOTENAME(SCHEMA_NAME()) + N'.schedules' AS name;

-- @p1 nvarchar
SELECT DISTINCT
CASE WHEN COALESCE(r.referenced_server_name, PARSENAME(y.base_object_name, 4)) IS NOT NULL
OR COALESCE(r.referenced_database_name, PARSENAME(y.base_object_name, 3)) <> DB_NAME() THEN 1 ELSE 0 END AS away,
COALESCE(QUOTENAME(SCHEMA_NAME(v.schema_id)) + N'.' + QUOTENAME(v.name), N'') AS [view]
FROM sys.dm_sql_referenced_entities(@p1, N'OBJECT') r
LEFT JOIN sys.synonyms y ON y.object_id = r.referenced_id
LEFT JOIN sys.views v ON v.object_id = COALESCE(OBJECT_ID(y.base_object_name), r.referenced_id)
WHERE r.referenced_minor_id = 0;


-- ==== agcrm-google doctor: whose schema it is, and what the login may do

SELECT SCHEMA_NAME() AS name;

-- @p1 nvarchar
SELECT SCHEMA_NAME(o.schema_id) AS name FROM sys.objects o
WHERE o.name = @p1 AND o.schema_id <> SCHEMA_ID(SCHEMA_NAME()) ORDER BY 1;

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 nvarchar, @p11 nvarchar, @p12 nvarchar, @p13 nvarchar, @p14 nvarchar, @p15 nvarchar, @p16 nvarchar
SELECT o.name, v.verb FROM sys.objects o
CROSS JOIN (SELECT N'SELECT' AS verb UNION ALL SELECT N'INSERT' UNION ALL SELECT N'UPDATE' UNION ALL SELECT N'DELETE') v
WHERE o.schema_id = SCHEMA_ID(SCHEMA_NAME()) AND o.name IN (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,@p14,@p15,@p16)
AND HAS_PERMS_BY_NAME(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(o.name), N'OBJECT', v.verb) = 0;


-- ==== Twice a second: due links are taken, many at a time; only where there are any, four statements read what their runs need

-- @p1 nvarchar, @p2 bigint, @p3 bigint, @p4 bigint, @p5 bigint, @p6 bigint, @p7 bigint
SET NOCOUNT ON; DECLARE @claimed TABLE (user_id bigint NOT NULL PRIMARY KEY, epoch bigint NOT NULL);
UPDATE agcrm_google_links WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) SET lease_owner = @p1, lease_until_ms = @p2, next_run_ms = @p3, epoch = epoch + 1 OUTPUT INSERTED.user_id, INSERTED.epoch INTO @claimed WHERE user_id IN (SELECT TOP (96) l.user_id FROM agcrm_google_links l WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK) WHERE (l.state = 'unlinking' OR (l.state = 'active' AND l.saved = 1 AND l.paused = 0))
AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id AND u.disabled = 1) AND l.next_run_ms <= @p4 AND l.pause_until_ms <= @p5 AND l.lease_until_ms < @p6
AND (l.state = 'unlinking' OR EXISTS (SELECT 1 FROM agcrm_google_settings e WHERE e.id = 1 AND e.enabled = 1)) ORDER BY l.next_run_ms, l.user_id) AND lease_until_ms < @p7;
SELECT l.* FROM agcrm_google_links l JOIN @claimed c ON c.user_id = l.user_id AND c.epoch = l.epoch;

SELECT client_secrets, installation_id, enabled, default_color, conflict_policy, window_past, client_id, project_id
	FROM agcrm_google_settings WHERE id = 1;

-- @p1 bit, @p2 bit, @p3 bigint
SELECT * FROM "agcrm_google_calendars" WHERE selected = @p1 AND lost = @p2 AND user_id IN (@p3);

-- @p1 bigint
SELECT * FROM "agcrm_google_channels" WHERE user_id IN (@p1) ORDER BY created_ms, channel_id;

-- @p1 bigint, @p2 datetime, @p3 nvarchar, @p4 datetime, @p5 nvarchar, @p6 datetime, @p7 nvarchar
SET LOCK_TIMEOUT 2000; SELECT l.user_id FROM agcrm_google_links l WHERE l.user_id IN (@p1) AND (EXISTS (SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND p.user_id = l.user_id AND p.sub = l.sub AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0))
OR EXISTS (SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND p.user_id = l.user_id AND p.sub = l.sub AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0))
OR l.direction <> 'from_google' AND (EXISTS (SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state = 'inserting' AND p.user_id = l.user_id AND p.sub = l.sub AND NOT EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0))
OR EXISTS (SELECT s.id AS schedule_id, 0 AS pair_id FROM schedules s WHERE s.owner_id = l.user_id AND (s.end_at >= @p2 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p3))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = l.user_id AND p.sub = l.sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = l.user_id AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32))))
OR EXISTS (SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.id = t.schedule_id
WHERE t.user_id = l.user_id AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p4 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p5))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = l.user_id AND p.sub = l.sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = l.user_id AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32))))
OR EXISTS (SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.series_id = t.schedule_id
WHERE t.user_id = l.user_id AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p6 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p7))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = l.user_id AND p.sub = l.sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = l.user_id AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32))))
OR EXISTS (SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
WHERE (p.row_version <> CAST(s.row_version AS bigint) OR (p.kept = 0 AND s.owner_id <> p.user_id AND NOT EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id)))) AND p.user_id = l.user_id AND p.sub = l.sub AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0))
OR EXISTS (SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id) AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.side = 'table' AND h.decision = '') AND p.user_id = l.user_id AND p.sub = l.sub AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0))));


-- ==== Runs that found nothing new are recorded, many at a time; runs that did not begin are given back at the stop

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint, @p5 bigint, @p6 bigint, @p7 bigint, @p8 bigint, @p9 bigint, @p10 bigint, @p11 bigint, @p12 bigint
WITH ended (user_id, epoch, due_ms, next_ms, minutes) AS (SELECT @p1, @p2, @p3, @p4, @p5 UNION ALL SELECT @p6, @p7, @p8, @p9, @p10)
UPDATE agcrm_google_links SET lease_owner = '', lease_until_ms = 0, last_run_ms = @p11, last_success_ms = @p12, backlog = 0,
pause_until_ms = 0, failures = 0, error_key = '', error_args = '', poll_minutes = ended.minutes,
next_run_ms = CASE WHEN next_run_ms < ended.due_ms THEN next_run_ms ELSE ended.next_ms END
FROM ended WHERE ended.user_id = agcrm_google_links.user_id AND ended.epoch = agcrm_google_links.epoch;

-- @p1 nvarchar, @p2 bigint, @p3 bigint
UPDATE agcrm_google_links SET lease_owner = '', lease_until_ms = 0, next_run_ms = 0 WHERE lease_owner = @p1 AND user_id IN (@p2,@p3);


-- ==== Twice a second, for all employees at once: whose rows changed since the last look

SELECT CAST(MIN_ACTIVE_ROWVERSION() AS bigint) AS mark;

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint
SET LOCK_TIMEOUT 2000; SELECT s.owner_id FROM schedules s
LEFT JOIN agcrm_google_pairs p ON p.schedule_id = s.id AND p.user_id = s.owner_id WHERE s.row_version >= CAST(CAST(@p1 AS bigint) AS binary(8)) AND s.row_version < CAST(CAST(@p2 AS bigint) AS binary(8)) AND (p.id IS NULL OR p.row_version <> CAST(s.row_version AS bigint))
UNION ALL SELECT p.user_id FROM schedules s JOIN agcrm_google_pairs p ON p.schedule_id = s.id WHERE s.row_version >= CAST(CAST(@p3 AS bigint) AS binary(8)) AND s.row_version < CAST(CAST(@p4 AS bigint) AS binary(8)) AND p.row_version <> CAST(s.row_version AS bigint);

-- @p1 bigint, @p2 nvarchar, @p3 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1 WHERE failures = 0 AND direction <> @p2 AND user_id IN (@p3);


-- ==== Every second, every five where schedules is a view: whose rows are gone, and who has no copy yet

SELECT installation_id, enabled, default_color, conflict_policy, window_past, client_id, project_id
	FROM agcrm_google_settings WHERE id = 1;

-- @p1 datetime, @p2 nvarchar
SET LOCK_TIMEOUT 2000; SELECT user_id, COUNT(*) AS items, SUM(schedule_id % 1000003) AS total FROM (
SELECT p.user_id, p.schedule_id FROM agcrm_google_pairs p JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.id IN (SELECT q.id FROM agcrm_google_pairs q WHERE NOT EXISTS (SELECT 1 FROM schedules o WHERE o.id = q.schedule_id AND o.owner_id = q.user_id))
AND p.state <> 'ended' AND p.parked_at <> 'event' AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0) AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id)
AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id AND (p.kept = 1 OR s.owner_id = p.user_id OR EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id))))
UNION ALL SELECT t.user_id, t.schedule_id FROM schedule_participants t JOIN agcrm_google_links l ON l.user_id = t.user_id
JOIN schedules s ON s.id = t.schedule_id WHERE t.response <> 'declined' AND s.owner_id <> t.user_id
AND (s.end_at >= @p1 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p2))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = l.user_id AND p.sub = l.sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = l.user_id AND a.side = 'table' AND a.ref = CAST(s.id AS nvarchar(32)))) lost GROUP BY user_id;


-- ==== Now and then: whether a long transaction holds the mark back, and whose it is

SELECT CAST(CASE WHEN MIN_ACTIVE_ROWVERSION() <= @@DBTS THEN 1 ELSE 0 END AS bit) AS held;

SELECT TOP (1) s.session_id AS id, s.host_name AS host, s.program_name AS program, s.login_name AS account
FROM sys.dm_tran_database_transactions d
JOIN sys.dm_tran_session_transactions t ON t.transaction_id = d.transaction_id
JOIN sys.dm_exec_sessions s ON s.session_id = t.session_id
WHERE d.database_id = DB_ID() AND d.database_transaction_begin_time IS NOT NULL
ORDER BY d.database_transaction_begin_time;


-- ==== Every minute: how many instances run links, which share Google's budget

-- @p1 bigint
SELECT COUNT(DISTINCT lease_owner) FROM agcrm_google_links WHERE lease_until_ms >= @p1;


-- ==== Every ten minutes: how many polls all links ask for in a day

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint, @p5 bigint
SELECT minutes AS "interval", quiet, COUNT(*) AS calendars FROM (
SELECT CASE WHEN l.interval_minutes < @p1 AND EXISTS (SELECT 1 FROM agcrm_google_channels h WHERE h.user_id = c.user_id
AND h.calendar_id = c.calendar_id AND h.heard_ms > 0 AND h.expires_ms > @p2) THEN @p3 ELSE l.interval_minutes END AS minutes,
CASE WHEN l.changed_ms > @p4 THEN 0 WHEN l.changed_ms > @p5 THEN 1 ELSE 2 END AS quiet
FROM agcrm_google_links l JOIN agcrm_google_calendars c ON c.user_id = l.user_id
WHERE l.state = 'active' AND l.saved = 1 AND l.paused = 0 AND c.selected = 1 AND c.lost = 0) polled GROUP BY minutes, quiet;


-- ==== Notification channels: opened, heard, doubted, ended

-- @p1 nvarchar, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 bigint, @p8 bigint, @p9 bigint
INSERT INTO "agcrm_google_channels" ("channel_id","user_id","calendar_id","resource_id","token_hash","address","created_ms","expires_ms","heard_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar
UPDATE "agcrm_google_channels" SET "expires_ms"=@p1,"resource_id"=@p2 WHERE channel_id = @p3;

-- @p1 nvarchar
SELECT * FROM "agcrm_google_channels" WHERE channel_id = @p1;

-- @p1 bigint, @p2 nvarchar
UPDATE "agcrm_google_channels" SET "heard_ms"=@p1 WHERE "channel_id" = @p2;

-- @p1 bigint, @p2 nvarchar, @p3 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1 WHERE failures = 0 AND direction <> @p2 AND next_run_ms > 0 AND user_id = @p3;

-- @p1 bigint, @p2 nvarchar
UPDATE "agcrm_google_channels" SET "heard_ms"=@p1 WHERE channel_id = @p2;

-- @p1 bigint
SELECT * FROM "agcrm_google_channels" WHERE user_id IN (@p1) ORDER BY created_ms, channel_id;

-- @p1 nvarchar
DELETE FROM "agcrm_google_channels" WHERE channel_id = @p1;

-- @p1 bigint, @p2 bigint
DELETE FROM "agcrm_google_channels" WHERE (expires_ms > 0 AND expires_ms < @p1) OR (expires_ms = 0 AND created_ms < @p2);


-- ==== A run takes a link, keeps it, and gives it back

-- @p1 nvarchar, @p2 bigint, @p3 bigint, @p4 bigint, @p5 bigint
SET NOCOUNT ON; DECLARE @claimed TABLE (user_id bigint NOT NULL PRIMARY KEY, epoch bigint NOT NULL);
UPDATE agcrm_google_links SET lease_owner = @p1, lease_until_ms = @p2, next_run_ms = @p3, epoch = epoch + 1 OUTPUT INSERTED.user_id, INSERTED.epoch INTO @claimed WHERE user_id = @p4 AND lease_until_ms < @p5;
SELECT l.* FROM agcrm_google_links l JOIN @claimed c ON c.user_id = l.user_id AND c.epoch = l.epoch;

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint
UPDATE agcrm_google_links WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK) SET lease_until_ms = @p1 WHERE lease_owner = @p2 AND lease_until_ms >= @p3 AND user_id IN (@p4);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 bigint, @p5 bigint, @p6 bigint, @p7 nvarchar, @p8 bigint, @p9 bigint, @p10 bigint, @p11 bigint, @p12 bigint, @p13 bigint
UPDATE "agcrm_google_links" SET "backlog"=@p1,"error_args"=@p2,"error_key"=@p3,"failures"=@p4,"last_run_ms"=@p5,"last_success_ms"=@p6,"lease_owner"=@p7,"lease_until_ms"=@p8,"next_run_ms"=CASE WHEN next_run_ms < @p9 THEN next_run_ms ELSE @p10 END,"pause_until_ms"=@p11 WHERE user_id = @p12 AND epoch = @p13;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 bigint, @p5 nvarchar, @p6 bigint, @p7 bigint, @p8 bigint, @p9 bigint, @p10 nvarchar, @p11 bigint, @p12 bigint
UPDATE "agcrm_google_links" SET "backlog"=@p1,"error_args"=@p2,"error_key"=@p3,"failures"=failures + 1,"last_run_ms"=@p4,"lease_owner"=@p5,"lease_until_ms"=@p6,"next_run_ms"=CASE WHEN next_run_ms < @p7 THEN next_run_ms ELSE @p8 END,"pause_until_ms"=@p9,"state"=@p10 WHERE user_id = @p11 AND epoch = @p12;

-- @p1 nvarchar, @p2 bigint, @p3 bigint, @p4 bigint, @p5 bigint
UPDATE "agcrm_google_links" SET "lease_owner"=@p1,"lease_until_ms"=@p2,"next_run_ms"=@p3 WHERE user_id = @p4 AND epoch = @p5;


-- ==== A run begins: grant and settings, calendars, open questions

-- @p1 bigint
SELECT l.sub, l.email, l.state, l.token, s.installation_id, s.enabled, s.default_color,
	s.conflict_policy, s.window_past, s.client_id, s.project_id, s.client_secrets
	FROM agcrm_google_links l LEFT JOIN agcrm_google_settings s ON s.id = 1 WHERE l.user_id = @p1;

-- @p1 bigint
SELECT * FROM "agcrm_google_calendars" WHERE user_id = @p1;

-- @p1 bigint
SELECT * FROM "agcrm_google_held" WHERE user_id = @p1;


-- ==== A run looks for what the table side asks for

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 nvarchar, @p5 bigint, @p6 nvarchar, @p7 bigint, @p8 datetime, @p9 nvarchar, @p10 bigint, @p11 nvarchar, @p12 bigint, @p13 bigint, @p14 datetime, @p15 nvarchar, @p16 bigint, @p17 nvarchar, @p18 bigint, @p19 bigint, @p20 datetime, @p21 nvarchar, @p22 bigint, @p23 nvarchar, @p24 bigint, @p25 bigint, @p26 nvarchar, @p27 bigint, @p28 nvarchar
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND p.user_id = @p1 AND p.sub = @p2 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND p.user_id = @p3 AND p.sub = @p4 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state = 'inserting' AND p.user_id = @p5 AND p.sub = @p6 AND NOT EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedules s WHERE s.owner_id = @p7 AND (s.end_at >= @p8 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p9))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p10 AND p.sub = @p11 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p12 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.id = t.schedule_id
WHERE t.user_id = @p13 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p14 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p15))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p16 AND p.sub = @p17 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p18 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.series_id = t.schedule_id
WHERE t.user_id = @p19 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p20 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p21))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p22 AND p.sub = @p23 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p24 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
WHERE (p.row_version <> CAST(s.row_version AS bigint) OR (p.kept = 0 AND s.owner_id <> p.user_id AND NOT EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id)))) AND p.user_id = @p25 AND p.sub = @p26 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id) AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.side = 'table' AND h.decision = '') AND p.user_id = @p27 AND p.sub = @p28 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
ORDER BY 1, 2;


-- ==== A run that failed notes since when it knows what it could not carry

-- @p1 bigint, @p2 bigint, @p3 bigint
UPDATE agcrm_google_pairs SET seen_ms = @p1, seen_version = (SELECT CAST(s.row_version AS bigint) FROM schedules s WHERE s.id = agcrm_google_pairs.schedule_id) WHERE id IN (@p2,@p3) AND seen_version <> (SELECT CAST(s.row_version AS bigint) FROM schedules s WHERE s.id = agcrm_google_pairs.schedule_id);


-- ==== The same in direction from Google only

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 nvarchar
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND p.user_id = @p1 AND p.sub = @p2 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND p.user_id = @p3 AND p.sub = @p4 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
ORDER BY 1, 2;


-- ==== A run reads pairs and rows

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar
SELECT * FROM "agcrm_google_pairs" WHERE (user_id = @p1 AND sub = @p2) AND event_key IN (@p3) ORDER BY id;

-- @p1 bigint, @p2 nvarchar, @p3 bigint
SELECT * FROM "agcrm_google_pairs" WHERE (user_id = @p1 AND sub = @p2) AND schedule_id IN (@p3) ORDER BY id;

-- @p1 bigint, @p2 bigint
SELECT * FROM "agcrm_google_pairs" WHERE id IN (@p1,@p2) ORDER BY id;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar
SELECT * FROM "agcrm_google_pairs" WHERE user_id = @p1 AND sub = @p2 AND calendar_id = @p3 ORDER BY id;

-- @p1 bigint, @p2 nvarchar
SELECT * FROM "agcrm_google_pairs" WHERE user_id = @p1 AND sub = @p2 ORDER BY id;

-- @p1 bigint, @p2 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s  WHERE s.id IN (@p1,@p2);

-- @p1 bigint
SELECT * FROM "schedule_participants" WHERE schedule_id IN (@p1) ORDER BY user_id;


-- ==== The brake weighs deletions

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 bigint, @p6 bigint, @p7 bigint, @p8 bigint, @p9 bigint
SELECT
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= @p1 AND action = 'delete' AND side = @p2 AND 1 = @p3) AS deleted,
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= @p4 AND paired_ms <= @p5 AND action = 'delete' AND 1 = @p6) AS stood,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE created_ms > @p7 AND state <> 'ended' AND 1 = @p8) AS created,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE state <> 'ended' AND 1 = @p9) AS pairs;

SELECT (SELECT COUNT(*) FROM agcrm_google_pairs p WHERE p.state <> 'ended'
AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id)) AS waiting,
CASE WHEN EXISTS (SELECT 1 FROM schedules) THEN 1 ELSE 0 END AS stands;

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 bigint, @p6 bigint, @p7 bigint, @p8 bigint, @p9 bigint
SELECT
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= @p1 AND action = 'delete' AND side = @p2 AND user_id = @p3) AS deleted,
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= @p4 AND paired_ms <= @p5 AND action = 'delete' AND user_id = @p6) AS stood,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE created_ms > @p7 AND state <> 'ended' AND user_id = @p8) AS created,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE state <> 'ended' AND user_id = @p9) AS pairs;


-- ==== A run writes: one transaction of at most 200 changes, fenced by the lease, that yields to the CRM

BEGIN TRANSACTION;

SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000;

-- @p1 bigint
SELECT epoch FROM agcrm_google_links WITH (UPDLOCK, ROWLOCK) WHERE user_id = @p1;

-- @p1 bigint, @p2 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WITH (UPDLOCK, ROWLOCK) WHERE s.id IN (@p1,@p2);

-- @p1 nvarchar, @p2 datetime, @p3 datetime, @p4 bit, @p5 nvarchar, @p6 nvarchar, @p7 datetimeoffset, @p8 bigint
UPDATE schedules SET subject = @p1, start_at = @p2, end_at = @p3, all_day = @p4, time_zone = @p5, recurrence = @p6, updated_at = @p7 WHERE id = @p8;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset
SET NOCOUNT ON; INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, private, busy, color_id, recurrence, series_id, original_start_at, updated_at) VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,NULL,@p14); SELECT CAST(SCOPE_IDENTITY() AS bigint) AS id;

-- @p1 bigint
DELETE FROM schedule_participants WHERE schedule_id IN (@p1);

-- @p1 bigint
DELETE FROM schedules WHERE id IN (@p1);

-- @p1 bigint, @p2 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s  WHERE s.id IN (@p1,@p2);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 nvarchar, @p11 nvarchar, @p12 bit, @p13 bit, @p14 nvarchar, @p15 bigint, @p16 nvarchar, @p17 nvarchar, @p18 nvarchar, @p19 nvarchar, @p20 nvarchar, @p21 nvarchar, @p22 bigint, @p23 bigint, @p24 bigint, @p25 bigint, @p26 bigint, @p27 bigint
UPDATE "agcrm_google_pairs" SET "user_id"=@p1,"sub"=@p2,"calendar_id"=@p3,"event_id"=@p4,"event_key"=@p5,"schedule_id"=@p6,"state"=@p7,"origin"=@p8,"nonce"=@p9,"ical_uid"=@p10,"uid_key"=@p11,"read_only"=@p12,"kept"=@p13,"etag"=@p14,"row_version"=@p15,"agreed_row"=@p16,"agreed_event"=@p17,"sent"=@p18,"parked_key"=@p19,"parked_args"=@p20,"parked_at"=@p21,"missing_ms"=@p22,"seen_ms"=@p23,"seen_version"=@p24,"created_ms"=@p25,"updated_ms"=@p26 WHERE "id" = @p27;

-- @p1 bigint
DELETE FROM "agcrm_google_pairs" WHERE "agcrm_google_pairs"."id" = @p1;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 nvarchar, @p11 nvarchar, @p12 bit, @p13 bit, @p14 nvarchar, @p15 bigint, @p16 nvarchar, @p17 nvarchar, @p18 nvarchar, @p19 nvarchar, @p20 nvarchar, @p21 nvarchar, @p22 bigint, @p23 bigint, @p24 bigint, @p25 bigint, @p26 bigint
INSERT INTO "agcrm_google_pairs" ("user_id","sub","calendar_id","event_id","event_key","schedule_id","state","origin","nonce","ical_uid","uid_key","read_only","kept","etag","row_version","agreed_row","agreed_event","sent","parked_key","parked_args","parked_at","missing_ms","seen_ms","seen_version","created_ms","updated_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,@p14,@p15,@p16,@p17,@p18,@p19,@p20,@p21,@p22,@p23,@p24,@p25,@p26);

-- @p1 bigint, @p2 nvarchar, @p3 bigint
SELECT "id","schedule_id" FROM "agcrm_google_pairs" WHERE user_id = @p1 AND sub = @p2 AND schedule_id IN (@p3);

-- @p1 bigint
DELETE FROM "agcrm_google_meetings" WHERE schedule_id IN (@p1);

-- @p1 bigint, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 bigint, @p11 bigint, @p12 bigint
INSERT INTO "agcrm_google_history" ("user_id","schedule_id","calendar_id","event_id","side","action","subject","before_json","after_json","created_ms","restored_ms","paired_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint
INSERT INTO "agcrm_google_log" ("user_id","level","message","args","subject","created_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar
DELETE FROM "agcrm_google_left_aside" WHERE user_id = @p1 AND side = @p2 AND ref IN (@p3);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 nvarchar, @p10 bigint
INSERT INTO "agcrm_google_left_aside" ("user_id","side","ref","version","calendar_id","event_id","subject","reason_key","reason_args","seen_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10);

-- @p1 bigint
DELETE FROM "agcrm_google_held" WHERE pair_id IN (@p1);

-- @p1 bigint, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 bigint, @p8 bigint
INSERT INTO "agcrm_google_held" ("user_id","pair_id","side","subject","starts","decision","decided_by","created_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8);

-- @p1 nvarchar, @p2 bigint, @p3 bigint, @p4 nvarchar, @p5 bigint
UPDATE "agcrm_google_calendars" SET "sync_token"=@p1,"token_ms"=@p2 WHERE user_id = @p3 AND calendar_id = @p4 AND token_ms = @p5;

-- @p1 bigint, @p2 bigint, @p3 bigint
UPDATE agcrm_google_links SET lease_until_ms = @p1 WHERE user_id = @p2 AND epoch = @p3;

COMMIT TRANSACTION;


-- ==== A run looks at meetings, which several employees share, and at what it does not write

SELECT user_id, 1 AS place, CAST(email AS nvarchar(255)) COLLATE Latin1_General_BIN2 AS address FROM agcrm_google_links
UNION ALL SELECT c.user_id, 2, CAST(c.calendar_id AS nvarchar(255)) COLLATE Latin1_General_BIN2 FROM agcrm_google_calendars c
UNION ALL SELECT id, 3, CAST(email AS nvarchar(255)) COLLATE Latin1_General_BIN2 FROM users WHERE email IS NOT NULL ORDER BY place, user_id;

-- @p1 nvarchar
SELECT * FROM "agcrm_google_meetings" WHERE meeting_key IN (@p1) AND EXISTS (SELECT 1 FROM schedules s WHERE s.id = agcrm_google_meetings.schedule_id);

-- @p1 bigint
SELECT * FROM "agcrm_google_meetings" WHERE schedule_id IN (@p1) AND EXISTS (SELECT 1 FROM schedules s WHERE s.id = agcrm_google_meetings.schedule_id);

-- @p1 nvarchar
SELECT * FROM "agcrm_google_pairs" WHERE uid_key IN (@p1) ORDER BY id;

-- @p1 bigint
SELECT p.* FROM agcrm_google_pairs p JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.schedule_id = @p1 AND p.state = 'live' AND l.state = 'active' AND l.paused = 0 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0) ORDER BY p.user_id;

-- @p1 bigint, @p2 nvarchar, @p3 bit, @p4 nvarchar
SELECT * FROM "agcrm_google_pairs" WHERE user_id = @p1 AND sub = @p2 AND read_only = @p3 AND state = @p4 ORDER BY id;

-- @p1 bigint, @p2 nvarchar
SELECT ref, version FROM "agcrm_google_left_aside" WHERE user_id = @p1 AND side = @p2;

-- @p1 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WHERE s.series_id = @p1 ORDER BY s.id;


-- ==== A run writes a meeting: its row, who takes part, and what its owner should know

BEGIN TRANSACTION;

SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000;

-- @p1 bigint
SELECT epoch FROM agcrm_google_links WITH (UPDLOCK, ROWLOCK) WHERE user_id = @p1;

-- @p1 bigint, @p2 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WITH (UPDLOCK, ROWLOCK) WHERE s.id IN (@p1,@p2);

-- @p1 nvarchar
SELECT meeting_key, schedule_id FROM agcrm_google_meetings WITH (UPDLOCK, HOLDLOCK) WHERE meeting_key IN (@p1) AND EXISTS (SELECT 1 FROM schedules s WHERE s.id = agcrm_google_meetings.schedule_id);

-- @p1 bigint, @p2 bigint
UPDATE schedule_participants SET response = 'declined' WHERE schedule_id = @p1 AND user_id = @p2;

-- @p1 bigint
SELECT * FROM "schedule_participants" WHERE schedule_id = @p1;

-- @p1 nvarchar, @p2 bigint, @p3 bigint
UPDATE schedule_participants SET response = @p1 WHERE schedule_id = @p2 AND user_id = @p3;

-- @p1 bigint, @p2 bigint
DELETE FROM schedule_participants WHERE schedule_id = @p1 AND user_id = @p2;

-- @p1 bigint, @p2 bigint, @p3 nvarchar
INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (@p1, @p2, @p3);

-- @p1 bigint
DELETE FROM "agcrm_google_meetings" WHERE schedule_id IN (@p1);

-- @p1 nvarchar, @p2 nvarchar
DELETE FROM agcrm_google_left_aside WHERE side = @p1 AND ref = @p2;

-- @p1 nvarchar, @p2 bigint
DELETE FROM "agcrm_google_meetings" WHERE meeting_key = @p1 AND (schedule_id = @p2 OR NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = agcrm_google_meetings.schedule_id));

-- @p1 nvarchar, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 bigint
INSERT INTO "agcrm_google_meetings" ("meeting_key","schedule_id","organizer","guests","created_ms") VALUES (@p1,@p2,@p3,@p4,@p5);

-- @p1 bigint, @p2 bigint
DELETE FROM agcrm_google_notices WHERE user_id = @p1 AND schedule_id = @p2;

-- @p1 bigint, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 bigint
INSERT INTO "agcrm_google_notices" ("user_id","schedule_id","subject","event_link","created_ms") VALUES (@p1,@p2,@p3,@p4,@p5);

-- @p1 bigint, @p2 bigint, @p3 bigint
UPDATE agcrm_google_links SET lease_until_ms = @p1 WHERE user_id = @p2 AND epoch = @p3;

COMMIT TRANSACTION;


-- ==== The same where schedules is a view with an INSTEAD OF trigger: how the new row's key is found

BEGIN TRANSACTION;

SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset
INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, private, busy, color_id, recurrence, series_id, original_start_at, updated_at, id, row_version) VALUES (@p1,CAST(@p2 AS nvarchar(100)),CAST(@p3 COLLATE Japanese_CI_AS AS varchar(100)),@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,NULL,@p14,0x00,0x00);

-- @p1 bigint, @p2 bigint, @p3 datetime, @p4 datetime, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar
SELECT TOP (@p1) s.id FROM schedules s WHERE s.owner_id = @p2
AND CAST(s.start_at AS date) = CAST(@p3 AS date) AND CAST(s.end_at AS date) = CAST(@p4 AS date) AND (CAST(s.subject AS nvarchar(max)) = CAST(@p5 AS nvarchar(100)) OR (LEN(CAST(s.subject AS nvarchar(max))) > 0 AND CAST(s.subject AS nvarchar(max)) = CAST(LEFT(@p6, LEN(CAST(s.subject AS nvarchar(max)))) AS nvarchar(max))))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.schedule_id = s.id)
ORDER BY CASE WHEN CAST(s.subject AS nvarchar(max)) = CAST(@p7 AS nvarchar(100)) THEN 0 ELSE 1 END, s.id DESC;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 bigint, @p3 datetime, @p4 datetime, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar
SELECT TOP (@p1) s.id FROM schedules s WHERE s.owner_id = @p2
AND s.start_at = CAST(@p3 AS datetime) AND s.end_at = CAST(@p4 AS datetime) AND (CAST(s.subject AS nvarchar(max)) = CAST(@p5 AS nvarchar(100)) OR (LEN(CAST(s.subject AS nvarchar(max))) > 0 AND CAST(s.subject AS nvarchar(max)) = CAST(LEFT(@p6, LEN(CAST(s.subject AS nvarchar(max)))) AS nvarchar(max))))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.schedule_id = s.id)
ORDER BY CASE WHEN CAST(s.subject AS nvarchar(max)) = CAST(@p7 AS nvarchar(100)) THEN 0 ELSE 1 END, s.id DESC;

COMMIT TRANSACTION;


-- ==== The same where schedules is a view without a row version: contents are compared

SELECT COALESCE(MAX(s.id), 0) + 1 AS mark FROM schedules s;

-- @p1 bigint, @p2 bigint
SET LOCK_TIMEOUT 2000; SELECT s.owner_id FROM schedules s
LEFT JOIN agcrm_google_pairs p ON p.schedule_id = s.id AND p.user_id = s.owner_id WHERE s.id >= @p1 AND s.id < @p2 AND p.id IS NULL
UNION ALL SELECT p.user_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.row_version NOT IN (0, CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint)) AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0);

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 nvarchar, @p5 bigint, @p6 nvarchar, @p7 bigint, @p8 datetime, @p9 nvarchar, @p10 bigint, @p11 nvarchar, @p12 bigint, @p13 bigint, @p14 datetime, @p15 nvarchar, @p16 bigint, @p17 nvarchar, @p18 bigint, @p19 bigint, @p20 datetime, @p21 nvarchar, @p22 bigint, @p23 nvarchar, @p24 bigint, @p25 bigint, @p26 nvarchar, @p27 bigint, @p28 nvarchar
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND p.user_id = @p1 AND p.sub = @p2 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND p.user_id = @p3 AND p.sub = @p4 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state = 'inserting' AND p.user_id = @p5 AND p.sub = @p6 AND NOT EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedules s WHERE s.owner_id = @p7 AND (s.end_at >= @p8 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p9))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p10 AND p.sub = @p11 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p12 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.id = t.schedule_id
WHERE t.user_id = @p13 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p14 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p15))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p16 AND p.sub = @p17 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p18 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.series_id = t.schedule_id
WHERE t.user_id = @p19 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p20 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p21))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p22 AND p.sub = @p23 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p24 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint) AS nvarchar(32)))
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
WHERE (p.row_version <> CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint) OR (p.kept = 0 AND s.owner_id <> p.user_id AND NOT EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id)))) AND p.user_id = @p25 AND p.sub = @p26 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id) AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.side = 'table' AND h.decision = '') AND p.user_id = @p27 AND p.sub = @p28 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
ORDER BY 1, 2;

-- @p1 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(s.owner_id, NCHAR(31), CAST(s.subject AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.location AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CAST(s.body AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), CONVERT(nvarchar(30), s.start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.end_at, 126), NCHAR(31), s.all_day, NCHAR(31), CAST(s.time_zone AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.private, NCHAR(31), s.busy, NCHAR(31), s.color_id, NCHAR(31), CAST(s.recurrence AS nvarchar(max)) COLLATE Latin1_General_BIN2, NCHAR(31), s.series_id, NCHAR(31), CONVERT(nvarchar(30), s.original_start_at, 126), NCHAR(31), CONVERT(nvarchar(30), s.updated_at, 126))), 1, 7) AS bigint) AS row_version FROM schedules s  WHERE s.id IN (@p1);


-- ==== Schedule pages

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint, @p5 datetime, @p6 datetime, @p7 datetime, @p8 datetime
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WHERE (s.owner_id IN (@p1,@p2) OR s.id IN
(SELECT schedule_id FROM schedule_participants WHERE user_id IN (@p3,@p4) AND response <> 'declined'))
AND s.start_at < @p5 AND (s.recurrence IS NOT NULL OR (s.all_day = 1 AND s.end_at >= @p6) OR s.end_at > @p7 OR (s.start_at = s.end_at AND s.start_at >= @p8));

-- @p1 bigint, @p2 bigint
SELECT series_id, original_start_at FROM schedules WHERE owner_id IN (@p1) AND series_id IN (@p2);

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 nvarchar, @p6 nvarchar
SELECT p.schedule_id, p.row_version, p.state, '' AS ref, p.parked_key AS why, p.parked_args AS why_args,
(SELECT COUNT(*) FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.decision = '') AS held,
CAST(p.read_only AS int) AS read_only, CAST(p.kept AS int) AS kept
FROM agcrm_google_pairs p WHERE p.user_id = @p1 AND p.sub = @p2 AND p.schedule_id IN (@p3)
UNION ALL SELECT 0, 0, '', a.ref, a.reason_key, a.reason_args, 0, 0, 0
FROM agcrm_google_left_aside a WHERE a.user_id = @p4 AND a.side = @p5 AND a.ref IN (@p6);

BEGIN TRANSACTION;

SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset
SET NOCOUNT ON; INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, private, busy, color_id, recurrence, series_id, original_start_at, updated_at) VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,NULL,@p14); SELECT CAST(SCOPE_IDENTITY() AS bigint) AS id;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WITH (UPDLOCK, ROWLOCK) WHERE s.id IN (@p1);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset, @p15 bigint
UPDATE schedules SET owner_id = @p1, subject = @p2, location = @p3, body = @p4, start_at = @p5, end_at = @p6, all_day = @p7, time_zone = @p8, private = @p9, busy = @p10, color_id = @p11, recurrence = @p12, series_id = @p13, original_start_at = NULL, updated_at = @p14 WHERE id = @p15;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint
DELETE FROM schedule_participants WHERE schedule_id IN (@p1);

-- @p1 bigint
DELETE FROM schedules WHERE id IN (@p1);

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint
SELECT * FROM "schedule_participants" WHERE schedule_id = @p1;

-- @p1 bigint, @p2 bigint, @p3 nvarchar
INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (@p1, @p2, @p3);

COMMIT TRANSACTION;


-- ==== Series pages: an occurrence, the following ones, all

BEGIN TRANSACTION;

SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000;

-- @p1 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WITH (UPDLOCK, ROWLOCK) WHERE s.id IN (@p1);

-- @p1 bigint, @p2 bigint
SELECT s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, CAST(s.row_version AS bigint) AS row_version FROM schedules s WHERE s.owner_id = @p1 AND s.series_id = @p2 ORDER BY s.id;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetime, @p15 datetimeoffset
SET NOCOUNT ON; INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, private, busy, color_id, recurrence, series_id, original_start_at, updated_at) VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,@p14,@p15); SELECT CAST(SCOPE_IDENTITY() AS bigint) AS id;

-- @p1 bigint
SELECT * FROM "schedule_participants" WHERE schedule_id = @p1;

-- @p1 bigint, @p2 bigint, @p3 nvarchar
INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (@p1, @p2, @p3);

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 nvarchar, @p2 datetimeoffset, @p3 bigint
UPDATE schedules SET recurrence = @p1, updated_at = @p2 WHERE id = @p3;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset
SET NOCOUNT ON; INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, private, busy, color_id, recurrence, series_id, original_start_at, updated_at) VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10,@p11,@p12,@p13,NULL,@p14); SELECT CAST(SCOPE_IDENTITY() AS bigint) AS id;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 datetime, @p6 datetime, @p7 bit, @p8 nvarchar, @p9 bit, @p10 bit, @p11 bigint, @p12 nvarchar, @p13 bigint, @p14 datetimeoffset, @p15 bigint
UPDATE schedules SET owner_id = @p1, subject = @p2, location = @p3, body = @p4, start_at = @p5, end_at = @p6, all_day = @p7, time_zone = @p8, private = @p9, busy = @p10, color_id = @p11, recurrence = @p12, series_id = @p13, original_start_at = NULL, updated_at = @p14 WHERE id = @p15;

-- @p1 bigint
DELETE FROM schedule_participants WHERE schedule_id IN (@p1);

-- @p1 bigint
DELETE FROM schedules WHERE id IN (@p1);

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 bigint
DELETE FROM schedule_participants WHERE schedule_id IN (@p1,@p2);

-- @p1 bigint, @p2 bigint
DELETE FROM schedules WHERE id IN (@p1,@p2);

COMMIT TRANSACTION;


-- ==== The employee's link

BEGIN TRANSACTION;

-- @p1 bigint
SELECT * FROM "agcrm_google_calendars" WHERE user_id = @p1;

-- @p1 nvarchar, @p2 bit, @p3 bit, @p4 nvarchar, @p5 nvarchar, @p6 bigint, @p7 nvarchar
UPDATE "agcrm_google_calendars" SET "color"=@p1,"is_primary"=@p2,"lost"=@p3,"summary"=@p4,"time_zone"=@p5 WHERE "user_id" = @p6 AND "calendar_id" = @p7;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bit, @p7 bit, @p8 bit, @p9 nvarchar, @p10 bigint
INSERT INTO "agcrm_google_calendars" ("user_id","calendar_id","summary","time_zone","color","is_primary","selected","lost","sync_token","token_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10);

-- @p1 bit, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 nvarchar
UPDATE "agcrm_google_calendars" SET "lost"=@p1,"sync_token"=@p2,"token_ms"=@p3 WHERE "user_id" = @p4 AND "calendar_id" = @p5;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 nvarchar, @p2 bigint
SELECT count(*) FROM "agcrm_google_links" WHERE sub = @p1 AND user_id <> @p2;

-- @p1 bigint
SELECT * FROM "agcrm_google_links" WHERE user_id = @p1 ORDER BY "user_id" OFFSET 0 ROW FETCH NEXT 1 ROWS ONLY;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 bigint, @p6 bigint, @p7 bigint, @p8 nvarchar, @p9 nvarchar, @p10 varbinary, @p11 bigint
UPDATE "agcrm_google_links" SET "created_ms"=@p1,"email"=@p2,"error_args"=@p3,"error_key"=@p4,"failures"=@p5,"next_run_ms"=@p6,"pause_until_ms"=@p7,"scopes"=@p8,"state"=@p9,"token"=@p10 WHERE user_id = @p11;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint
DELETE FROM agcrm_google_calendars WHERE user_id = @p1;

-- @p1 bigint
DELETE FROM agcrm_google_channels WHERE user_id = @p1;

-- @p1 bigint
DELETE FROM agcrm_google_left_aside WHERE user_id = @p1;

-- @p1 bigint
DELETE FROM agcrm_google_held WHERE user_id = @p1;

-- @p1 bigint
DELETE FROM agcrm_google_links WHERE user_id = @p1;

-- @p1 bigint, @p2 bigint, @p3 nvarchar, @p4 nvarchar, @p5 bigint, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 varbinary, @p10 bigint
INSERT INTO "agcrm_google_links" ("changed_ms","created_ms","direction","email","interval_minutes","scopes","state","sub","token","user_id") VALUES (@p1,@p2,@p3,@p4,@p5,@p6,@p7,@p8,@p9,@p10);

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 nvarchar
UPDATE agcrm_google_links SET token = token WHERE user_id = @p1 AND sub = @p2;

-- @p1 bigint, @p2 nvarchar
SELECT token FROM agcrm_google_links WHERE user_id = @p1 AND sub = @p2;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bit, @p2 bigint, @p3 nvarchar
SELECT * FROM "agcrm_google_calendars" WHERE selected = @p1 AND user_id <> @p2 AND calendar_id IN (@p3);

-- @p1 bit, @p2 bigint, @p3 nvarchar
UPDATE "agcrm_google_calendars" SET "selected"=@p1 WHERE "user_id" = @p2 AND "calendar_id" = @p3;

-- @p1 bit, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 nvarchar
UPDATE "agcrm_google_calendars" SET "selected"=@p1,"sync_token"=@p2,"token_ms"=@p3 WHERE "user_id" = @p4 AND "calendar_id" = @p5;

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint, @p5 bit, @p6 nvarchar, @p7 bigint
UPDATE "agcrm_google_links" SET "color"=@p1,"direction"=@p2,"interval_minutes"=@p3,"next_run_ms"=@p4,"saved"=@p5,"target_calendar"=@p6 WHERE "user_id" = @p7;

COMMIT TRANSACTION;

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar, @p4 bigint
UPDATE "agcrm_google_links" SET "error_args"=@p1,"error_key"=@p2,"state"=@p3 WHERE user_id = @p4;

-- @p1 bigint, @p2 bit, @p3 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1,"paused"=@p2 WHERE user_id = @p3;

-- @p1 bigint, @p2 bigint, @p3 bit, @p4 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1,"pause_until_ms"=@p2,"saved"=@p3 WHERE user_id = @p4;

-- @p1 bigint, @p2 bit, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1,"paused"=@p2,"state"=@p3,"unlink_google"=@p4,"unlink_schedules"=@p5 WHERE user_id = @p6;

BEGIN TRANSACTION;

COMMIT TRANSACTION;

-- @p1 nvarchar, @p2 bigint
UPDATE "agcrm_google_calendars" SET "sync_token"=@p1,"token_ms"=token_ms + 1 WHERE 1 = 1 AND user_id = @p2;


-- ==== Log, history, what waits and what is left aside

-- @p1 bigint
SELECT * FROM "agcrm_google_log" WHERE user_id = @p1 ORDER BY id DESC OFFSET 0 ROW FETCH NEXT 50 ROWS ONLY;

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint
INSERT INTO "agcrm_google_log" ("user_id","level","message","args","subject","created_ms") VALUES (@p1,@p2,@p3,@p4,@p5,@p6);

-- @p1 bigint, @p2 bigint
SELECT * FROM "agcrm_google_history" WHERE user_id = @p1 AND id < @p2 ORDER BY id DESC OFFSET 0 ROW FETCH NEXT 50 ROWS ONLY;

BEGIN TRANSACTION;

-- @p1 bigint
SELECT "id","restored_ms" FROM agcrm_google_history WITH (UPDLOCK, ROWLOCK) WHERE id = @p1;

-- @p1 bigint, @p2 bigint
UPDATE "agcrm_google_history" SET "restored_ms"=@p1 WHERE id = @p2;

COMMIT TRANSACTION;

-- @p1 bigint
SELECT * FROM "agcrm_google_notices" WHERE user_id = @p1 ORDER BY id DESC;

-- @p1 bigint
SELECT * FROM "agcrm_google_held" WHERE decision = '' AND user_id = @p1 ORDER BY id;

-- @p1 bigint
SELECT h.*, COALESCE(u.login, '') AS login, COALESCE(u.name, '') AS name, p.agreed_row, COUNT(*) OVER () AS total, MAX(h.id) OVER () AS through FROM agcrm_google_held h LEFT JOIN users u ON u.id = h.user_id LEFT JOIN agcrm_google_pairs p ON p.id = h.pair_id WHERE h.decision = '' AND h.user_id = @p1 ORDER BY h.id OFFSET 100 ROWS FETCH NEXT 100 ROWS ONLY;

SELECT h.user_id, COALESCE(MAX(u.login), '') AS login, COALESCE(MAX(u.name), '') AS name, SUM(CASE WHEN h.side = 'google' THEN 1 ELSE 0 END) AS google, SUM(CASE WHEN h.side = 'table' THEN 1 ELSE 0 END) AS in_table, MIN(h.created_ms) AS oldest_ms, MAX(h.id) AS through FROM agcrm_google_held h LEFT JOIN users u ON u.id = h.user_id WHERE h.decision = '' GROUP BY "h"."user_id" ORDER BY COUNT(*) DESC, h.user_id OFFSET 0 ROW FETCH NEXT 20 ROWS ONLY;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 bigint
SELECT count(*) FROM agcrm_google_held WITH (UPDLOCK, ROWLOCK) WHERE (decision = '' AND id <= @p1) AND user_id = @p2;

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1,"pause_until_ms"=@p2 WHERE user_id IN (SELECT "user_id" FROM "agcrm_google_held" WHERE (decision = '' AND id <= @p3) AND user_id = @p4);

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 bigint
UPDATE "agcrm_google_held" SET "decided_by"=@p1,"decision"=@p2 WHERE (decision = '' AND id <= @p3) AND user_id = @p4;

COMMIT TRANSACTION;

-- @p1 bigint, @p2 bigint, @p3 bigint, @p4 bigint, @p5 nvarchar
SELECT (SELECT COUNT(*) FROM agcrm_google_links WHERE user_id = @p1 AND lease_until_ms >= @p2) AS leases,
(SELECT COUNT(*) FROM agcrm_google_calendars WHERE user_id = @p3 AND selected = 1 AND lost = 0 AND sync_token = '') AS unread,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE user_id = @p4 AND sub = @p5 AND state = 'live') AS done;

-- @p1 bigint, @p2 nvarchar, @p3 bigint, @p4 nvarchar, @p5 bigint, @p6 nvarchar, @p7 bigint, @p8 datetime, @p9 nvarchar, @p10 bigint, @p11 nvarchar, @p12 bigint, @p13 bigint, @p14 datetime, @p15 nvarchar, @p16 bigint, @p17 nvarchar, @p18 bigint, @p19 bigint, @p20 datetime, @p21 nvarchar, @p22 bigint, @p23 nvarchar, @p24 bigint, @p25 bigint, @p26 nvarchar, @p27 bigint, @p28 nvarchar
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND p.user_id = @p1 AND p.sub = @p2 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND p.user_id = @p3 AND p.sub = @p4 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state = 'inserting' AND p.user_id = @p5 AND p.sub = @p6 AND NOT EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedules s WHERE s.owner_id = @p7 AND (s.end_at >= @p8 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p9))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p10 AND p.sub = @p11 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p12 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.id = t.schedule_id
WHERE t.user_id = @p13 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p14 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p15))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p16 AND p.sub = @p17 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p18 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON s.series_id = t.schedule_id
WHERE t.user_id = @p19 AND t.response <> 'declined' AND s.owner_id <> t.user_id AND (s.end_at >= @p20 OR s.recurrence IS NOT NULL AND NOT (s.recurrence LIKE 'RRULE:%UNTIL=%' AND s.recurrence NOT LIKE '%RULE:%RULE:%'
AND s.recurrence NOT LIKE '%RDATE%' AND SUBSTRING(s.recurrence, CHARINDEX('UNTIL=', s.recurrence) + 6, 8) < @p21))
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @p22 AND p.sub = @p23 AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @p24 AND a.side = 'table'
AND a.ref = CAST(s.id AS nvarchar(32)) AND a.version = CAST(CAST(s.row_version AS bigint) AS nvarchar(32)))
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
WHERE (p.row_version <> CAST(s.row_version AS bigint) OR (p.kept = 0 AND s.owner_id <> p.user_id AND NOT EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id)))) AND p.user_id = @p25 AND p.sub = @p26 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
UNION
SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id) AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.side = 'table' AND h.decision = '') AND p.user_id = @p27 AND p.sub = @p28 AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)
ORDER BY 1, 2;

BEGIN TRANSACTION;

-- @p1 bigint
SELECT * FROM agcrm_google_held WITH (UPDLOCK, ROWLOCK) WHERE id = @p1;

-- @p1 bigint, @p2 nvarchar, @p3 bigint
UPDATE "agcrm_google_held" SET "decided_by"=@p1,"decision"=@p2 WHERE id = @p3;

COMMIT TRANSACTION;

-- @p1 bigint
SELECT * FROM "agcrm_google_links" WHERE user_id = @p1 ORDER BY "user_id" OFFSET 0 ROW FETCH NEXT 1 ROWS ONLY;

-- @p1 bigint, @p2 bigint, @p3 bigint
UPDATE "agcrm_google_links" SET "next_run_ms"=@p1,"pause_until_ms"=@p2 WHERE user_id = @p3;

-- @p1 bigint, @p2 bigint
SELECT * FROM (SELECT user_id, side, ref, version, calendar_id, event_id, subject, reason_key, reason_args, seen_ms, '' AS agreed_row FROM agcrm_google_left_aside WHERE user_id = @p1 UNION ALL SELECT user_id, 'table', CAST(schedule_id AS nvarchar(32)), '', calendar_id, event_id, '', parked_key, parked_args, updated_ms, agreed_row FROM agcrm_google_pairs WHERE user_id = @p2 AND parked_key <> '') AS t ORDER BY seen_ms DESC, ref OFFSET 0 ROW FETCH NEXT 50 ROWS ONLY;

-- @p1 bigint, @p2 bigint
SELECT (SELECT COUNT(*) FROM agcrm_google_left_aside WHERE user_id = @p1) +
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE user_id = @p2 AND parked_key <> '');


-- ==== Administrators: links, settings, client secrets

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar
SELECT count(*) FROM "users" WHERE (login LIKE @p1 ESCAPE '\' OR name LIKE @p2 ESCAPE '\' OR email LIKE @p3 ESCAPE '\') AND id IN (SELECT user_id FROM agcrm_google_held WHERE decision = '');

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar
SELECT id, login, name, COALESCE(email, '') AS email, role, disabled FROM "users" WHERE (login LIKE @p1 ESCAPE '\' OR name LIKE @p2 ESCAPE '\' OR email LIKE @p3 ESCAPE '\') AND id IN (SELECT user_id FROM agcrm_google_held WHERE decision = '') ORDER BY login OFFSET 50 ROWS FETCH NEXT 50 ROWS ONLY;

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar
SELECT u.id AS user_id, u.login AS user_login, u.name AS user_name, u.email AS user_email, u.role AS user_role, u.disabled AS user_disabled,
l.user_id AS link_user_id, l.email AS link_email, l.state AS link_state, l.saved AS link_saved, l.paused AS link_paused, l.last_success_ms AS link_last_success_ms,
l.next_run_ms AS link_next_run_ms, l.pause_until_ms AS link_pause_until_ms, l.failures AS link_failures, l.error_key AS link_error_key,
l.error_args AS link_error_args, l.backlog AS link_backlog,
(SELECT COUNT(*) FROM agcrm_google_held h WHERE h.user_id = u.id AND h.decision = '') AS held,
(SELECT COUNT(*) FROM agcrm_google_left_aside a WHERE a.user_id = u.id) AS left_aside FROM (SELECT id, login, name, COALESCE(email, '') AS email, role, disabled FROM "users" WHERE login LIKE @p1 ESCAPE '\' OR name LIKE @p2 ESCAPE '\' OR email LIKE @p3 ESCAPE '\' ORDER BY login, id OFFSET 0 ROW FETCH NEXT 1000 ROWS ONLY) AS u LEFT JOIN agcrm_google_links l ON l.user_id = u.id ORDER BY u.login, u.id;

-- @p1 nvarchar, @p2 nvarchar, @p3 bigint
SELECT u.id AS user_id, u.login AS user_login, u.name AS user_name, u.email AS user_email, u.role AS user_role, u.disabled AS user_disabled,
l.user_id AS link_user_id, l.email AS link_email, l.state AS link_state, l.saved AS link_saved, l.paused AS link_paused, l.last_success_ms AS link_last_success_ms,
l.next_run_ms AS link_next_run_ms, l.pause_until_ms AS link_pause_until_ms, l.failures AS link_failures, l.error_key AS link_error_key,
l.error_args AS link_error_args, l.backlog AS link_backlog,
(SELECT COUNT(*) FROM agcrm_google_held h WHERE h.user_id = u.id AND h.decision = '') AS held,
(SELECT COUNT(*) FROM agcrm_google_left_aside a WHERE a.user_id = u.id) AS left_aside FROM (SELECT id, login, name, COALESCE(email, '') AS email, role, disabled FROM "users" WHERE login > @p1 OR login = @p2 AND id > @p3 ORDER BY login, id OFFSET 0 ROW FETCH NEXT 1000 ROWS ONLY) AS u LEFT JOIN agcrm_google_links l ON l.user_id = u.id ORDER BY u.login, u.id;

SELECT '' AS state, COUNT(*) AS n FROM users UNION ALL SELECT 'deletions', COUNT(*) FROM agcrm_google_held WHERE decision = '' UNION ALL SELECT 'broken', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'broken' AND user_id IN (SELECT id FROM users WHERE disabled = 0)) UNION ALL SELECT 'failing', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND failures > 0) UNION ALL SELECT 'held', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_held WHERE decision = '') UNION ALL SELECT 'behind', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE backlog > 0) UNION ALL SELECT 'paused', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE paused = 1) UNION ALL SELECT 'unsaved', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND saved = 0) UNION ALL SELECT 'none', COUNT(*) FROM users WHERE id NOT IN (SELECT user_id FROM agcrm_google_links) AND disabled = 0 UNION ALL SELECT 'ok', COUNT(*) FROM users WHERE id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND saved = 1 AND paused = 0 AND failures = 0 AND last_success_ms > 0) AND disabled = 0;

-- @p1 bigint
SELECT id, login, name FROM "users" WHERE id IN (@p1);

-- @p1 nvarchar, @p2 bigint, @p3 bigint, @p4 nvarchar, @p5 bigint
SELECT COUNT(*) AS n FROM agcrm_google_links d WHERE d.state = @p1 AND d.error_key = 'link.grant_dead' AND d.last_success_ms - d.created_ms BETWEEN @p2 AND @p3 AND NOT EXISTS (SELECT 1 FROM agcrm_google_links a WHERE a.state = @p4 AND a.last_success_ms - a.created_ms > @p5);

SELECT count(*) FROM "agcrm_google_links" WHERE state = 'broken' AND user_id IN (SELECT id FROM users WHERE disabled = 0);

SELECT (SELECT COUNT(*) FROM agcrm_google_links) AS links, (SELECT COUNT(*) FROM agcrm_google_links WHERE state = 'broken' AND user_id IN (SELECT id FROM users WHERE disabled = 0)) AS broken, (SELECT COUNT(*) FROM agcrm_google_held WHERE decision = '') AS held;

SELECT "l"."user_id" FROM agcrm_google_links l WHERE (l.state = 'unlinking' OR (l.state = 'active' AND l.saved = 1 AND l.paused = 0))
AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id AND u.disabled = 1) ORDER BY l.user_id;

SELECT count(*) FROM "agcrm_google_links";

SELECT installation_id, enabled, default_color, conflict_policy, window_past, client_id, project_id
	FROM agcrm_google_settings WHERE id = 1;

-- @p1 bit, @p2 bigint, @p3 nvarchar, @p4 bigint, @p5 bigint
UPDATE agcrm_google_settings
		SET enabled = @p1, default_color = @p2, conflict_policy = @p3, window_past = @p4, updated_ms = @p5 WHERE id = 1;

BEGIN TRANSACTION;

SELECT client_id FROM agcrm_google_settings WHERE id = 1;

DELETE FROM agcrm_google_held;

DELETE FROM agcrm_google_left_aside;

DELETE FROM agcrm_google_calendars;

DELETE FROM agcrm_google_channels;

DELETE FROM agcrm_google_links;

-- @p1 varbinary, @p2 nvarchar, @p3 nvarchar, @p4 bigint
UPDATE agcrm_google_settings
			SET client_secrets = @p1, client_id = @p2, project_id = @p3, updated_ms = @p4 WHERE id = 1;

COMMIT TRANSACTION;

SELECT client_secrets FROM agcrm_google_settings WHERE client_secrets IS NOT NULL;

SELECT "user_id","token" FROM "agcrm_google_links" WHERE token IS NOT NULL ORDER BY user_id OFFSET 0 ROW FETCH NEXT 1 ROWS ONLY;

BEGIN TRANSACTION;

-- @p1 bigint
UPDATE agcrm_google_settings SET client_secrets = NULL, client_id = '', project_id = '', updated_ms = @p1;

COMMIT TRANSACTION;


-- ==== Sessions

-- @p1 nvarchar, @p2 bigint
SELECT * FROM "agcrm_google_sessions" WHERE token_hash = @p1 AND expires_ms > @p2;

-- @p1 nvarchar
SELECT "token_hash" FROM "agcrm_google_sessions" WHERE token_hash = @p1;

-- @p1 nvarchar, @p2 varbinary, @p3 bigint
INSERT INTO agcrm_google_sessions (token_hash, data, expires_ms) VALUES (@p1, @p2, @p3);

-- @p1 nvarchar
DELETE FROM agcrm_google_sessions WHERE token_hash = @p1;


-- ==== Users

-- @p1 nvarchar
SELECT * FROM "users" WHERE LOWER(login) = LOWER(@p1) ORDER BY id;

-- @p1 bigint
SELECT * FROM "users" WHERE id = @p1;

SELECT * FROM "users" ORDER BY login,id;

SELECT COALESCE(MAX(t.id), 0) FROM (
		SELECT MAX(id) AS id FROM users
		UNION ALL SELECT MAX(owner_id) FROM schedules
		UNION ALL SELECT MAX(user_id) FROM schedule_participants) t;

BEGIN TRANSACTION;

-- @p1 bigint, @p2 nvarchar
SELECT * FROM "users" WHERE id = @p1 OR LOWER(login) = LOWER(@p2);

-- @p1 bigint, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 nvarchar, @p7 nvarchar, @p8 nvarchar, @p9 bit
INSERT INTO users (id, login, name, email, role, password_hash, locale, time_zone, disabled)
		VALUES (@p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9);

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 nvarchar, @p2 nvarchar, @p3 nvarchar, @p4 nvarchar, @p5 nvarchar, @p6 bigint
UPDATE users SET name = @p1, email = @p2, role = @p3, locale = @p4, time_zone = @p5 WHERE id = @p6;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 nvarchar, @p2 bigint
UPDATE users SET password_hash = @p1 WHERE id = @p2;

COMMIT TRANSACTION;

BEGIN TRANSACTION;

-- @p1 bit, @p2 bigint
UPDATE users SET disabled = @p1 WHERE id = @p2;

COMMIT TRANSACTION;


-- ==== Once a day: what is too old to keep, in small steps

-- @p1 bigint
SELECT "token_hash" FROM "agcrm_google_sessions" WHERE expires_ms <= @p1 ORDER BY expires_ms OFFSET 0 ROW FETCH NEXT 500 ROWS ONLY;

-- @p1 nvarchar, @p2 bigint
DELETE FROM agcrm_google_sessions WHERE token_hash IN (@p1) AND expires_ms <= @p2;

-- @p1 bigint
SELECT "id" FROM "agcrm_google_history" WHERE created_ms < @p1 ORDER BY id OFFSET 0 ROW FETCH NEXT 200 ROWS ONLY;

SELECT user_id, COUNT(*) AS lines FROM agcrm_google_log GROUP BY user_id HAVING COUNT(*) > 1000;

-- @p1 bigint
SELECT * FROM "agcrm_google_log" WHERE user_id = @p1 ORDER BY id DESC OFFSET 1000 ROWS FETCH NEXT 1 ROWS ONLY;

-- @p1 bigint, @p2 bigint
SELECT "id" FROM "agcrm_google_log" WHERE user_id = @p1 AND id <= @p2 ORDER BY id OFFSET 0 ROW FETCH NEXT 200 ROWS ONLY;

-- @p1 bigint
DELETE FROM agcrm_google_log WHERE id IN (@p1);
