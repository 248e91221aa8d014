-- A CRM's own schedule table, and the views that lay agcrm-google over it. This is the worked example of
-- install.md and a fixture of the tests. What is marked CRM is there already and is not changed.

-- CRM: an int key, datetime columns, char flags, a trigger of its own.
CREATE TABLE dbo.T_SCHEDULE (
    SCHEDULE_NO  int IDENTITY(1,1) NOT NULL CONSTRAINT PK_T_SCHEDULE PRIMARY KEY,
    GUID         uniqueidentifier NOT NULL CONSTRAINT DF_T_SCHEDULE_GUID DEFAULT NEWID(),
    SYAIN_NO     int NOT NULL,
    KENMEI       nvarchar(100) NOT NULL,
    BASHO        nvarchar(100) NULL,
    NAIYO        nvarchar(4000) NULL,
    KAISHI       datetime NOT NULL,
    SHURYO       datetime NOT NULL,
    SHUJITSU_FLG char(1) NOT NULL CONSTRAINT DF_T_SCHEDULE_SHUJITSU DEFAULT '0',
    HIKOKAI_FLG  char(1) NOT NULL CONSTRAINT DF_T_SCHEDULE_HIKOKAI DEFAULT '0',
    ROW_VER      rowversion NOT NULL
);
GO
CREATE TABLE dbo.T_AUDIT (AUDIT_NO int IDENTITY(900000,1) NOT NULL CONSTRAINT PK_T_AUDIT PRIMARY KEY, SCHEDULE_NO int NOT NULL);
GO
CREATE TRIGGER dbo.TR_T_SCHEDULE ON dbo.T_SCHEDULE AFTER INSERT, UPDATE AS
    INSERT INTO dbo.T_AUDIT (SCHEDULE_NO) SELECT SCHEDULE_NO FROM inserted;
GO

-- The service: a schema of its own, which it owns.
CREATE USER agcrm_google FOR LOGIN agcrm_google WITH DEFAULT_SCHEMA = agcrm_google;
GO
CREATE SCHEMA agcrm_google AUTHORIZATION agcrm_google;
GO
GRANT CREATE TABLE TO agcrm_google;
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.T_SCHEDULE TO agcrm_google;
GO

-- What the CRM's table has no column for is kept beside it.
CREATE TABLE agcrm_google.schedule_extras (
    schedule_no       int NOT NULL CONSTRAINT schedule_extras_pk PRIMARY KEY,
    time_zone         nvarchar(64) NULL,
    busy              bit NOT NULL,
    color_id          tinyint NULL,
    recurrence        nvarchar(max) NULL,
    series_id         bigint NULL,
    original_start_at datetime2(0) NULL
);
GO
CREATE VIEW agcrm_google.schedules AS
SELECT t.SCHEDULE_NO AS id,
       t.SYAIN_NO    AS owner_id,
       t.KENMEI      AS subject,
       t.BASHO       AS location,
       t.NAIYO       AS body,
       t.KAISHI      AS start_at,
       t.SHURYO      AS end_at,
       CAST(CASE t.SHUJITSU_FLG WHEN '1' THEN 1 ELSE 0 END AS bit) AS all_day,
       x.time_zone,
       CAST(CASE t.HIKOKAI_FLG WHEN '1' THEN 1 ELSE 0 END AS bit) AS private,
       CAST(COALESCE(x.busy, 1) AS bit) AS busy,
       x.color_id,
       x.recurrence,
       x.series_id,
       x.original_start_at,
       CAST(NULL AS datetime2(3)) AS updated_at,
       t.ROW_VER     AS row_version
FROM dbo.T_SCHEDULE t LEFT JOIN agcrm_google.schedule_extras x ON x.schedule_no = t.SCHEDULE_NO;
GO
-- The service inserts one row at a time; it names id and row_version because SQL Server asks for a value, and
-- the values mean nothing. What is too long for the CRM's columns is cut here.
CREATE TRIGGER agcrm_google.schedules_insert ON agcrm_google.schedules INSTEAD OF INSERT AS
BEGIN
    SET NOCOUNT ON;
    IF (SELECT COUNT(*) FROM inserted) <> 1
    BEGIN;
        THROW 50002, N'Insert one schedule at a time.', 1;
    END;
    INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, BASHO, NAIYO, KAISHI, SHURYO, SHUJITSU_FLG, HIKOKAI_FLG)
    SELECT owner_id, LEFT(subject, 100), LEFT(location, 100), LEFT(body, 4000), start_at, end_at,
           CASE all_day WHEN 1 THEN '1' ELSE '0' END, CASE private WHEN 1 THEN '1' ELSE '0' END
    FROM inserted;
    INSERT INTO agcrm_google.schedule_extras (schedule_no, time_zone, busy, color_id, recurrence, series_id, original_start_at)
    SELECT SCOPE_IDENTITY(), time_zone, busy, color_id, recurrence, series_id, original_start_at FROM inserted;
END;
GO
CREATE TRIGGER agcrm_google.schedules_update ON agcrm_google.schedules INSTEAD OF UPDATE AS
BEGIN
    SET NOCOUNT ON;
    UPDATE x SET time_zone = i.time_zone, busy = i.busy, color_id = i.color_id, recurrence = i.recurrence,
           series_id = i.series_id, original_start_at = i.original_start_at
    FROM agcrm_google.schedule_extras x JOIN inserted i ON i.id = x.schedule_no;
    INSERT INTO agcrm_google.schedule_extras (schedule_no, time_zone, busy, color_id, recurrence, series_id, original_start_at)
    SELECT i.id, i.time_zone, i.busy, i.color_id, i.recurrence, i.series_id, i.original_start_at
    FROM inserted i WHERE NOT EXISTS (SELECT 1 FROM agcrm_google.schedule_extras x WHERE x.schedule_no = i.id);
    -- Last, and always: the row version of the CRM's table tells that something changed.
    UPDATE t SET SYAIN_NO = i.owner_id, KENMEI = LEFT(i.subject, 100), BASHO = LEFT(i.location, 100), NAIYO = LEFT(i.body, 4000),
           KAISHI = i.start_at, SHURYO = i.end_at, SHUJITSU_FLG = CASE i.all_day WHEN 1 THEN '1' ELSE '0' END,
           HIKOKAI_FLG = CASE i.private WHEN 1 THEN '1' ELSE '0' END
    FROM dbo.T_SCHEDULE t JOIN inserted i ON i.id = t.SCHEDULE_NO;
END;
GO
CREATE TRIGGER agcrm_google.schedules_delete ON agcrm_google.schedules INSTEAD OF DELETE AS
BEGIN
    SET NOCOUNT ON;
    DELETE x FROM agcrm_google.schedule_extras x JOIN deleted d ON d.id = x.schedule_no;
    DELETE t FROM dbo.T_SCHEDULE t JOIN deleted d ON d.id = t.SCHEDULE_NO;
END;
GO
