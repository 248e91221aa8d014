package models

import (
	"context"
	"fmt"
	"strings"
)

// MarkHeldBack tells whether an open transaction on SQL Server holds back the
// mark of ChangedOwners: what was changed since it began waits to be seen. By
// names the oldest such session for a DBA, as far as the login may see sessions
// (VIEW SERVER STATE, or its own only); it is empty otherwise. A short while is
// normal; whoever asks minds only minutes.
func (db *DB) MarkHeldBack(ctx context.Context) (held bool, by string, err error) {
	if db.dialect != SQLServer || db.shape().unversioned != "" {
		return false, "", nil
	}
	err = db.with(ctx).Raw("SELECT CAST(CASE WHEN MIN_ACTIVE_ROWVERSION() <= @@DBTS THEN 1 ELSE 0 END AS bit) AS held").Scan(&held).Error
	if err != nil {
		return false, "", fmt.Errorf("compare the row version mark: %w", err)
	}
	if !held {
		return false, "", nil
	}
	var oldest []struct {
		ID                     int
		Host, Program, Account string
	}
	err = db.with(ctx).Raw(`SELECT TOP (1) s.session_id AS id, s.host_name AS host, s.program_name AS program, s.login_name AS account
FROM sys.dm_tran_database_transactions d
JOIN sys.dm_tran_session_transactions t ON t.transaction_id = d.transaction_id
JOIN sys.dm_exec_sessions s ON s.session_id = t.session_id
WHERE d.database_id = DB_ID() AND d.database_transaction_begin_time IS NOT NULL
ORDER BY d.database_transaction_begin_time`).Scan(&oldest).Error
	if err != nil || len(oldest) == 0 {
		return true, "", ctx.Err() // the right to see it is not needed for anything else
	}
	o := oldest[0]
	return true, strings.Join(strings.Fields(fmt.Sprintf("session %d %s %s %s", o.ID, o.Account, o.Host, o.Program)), " "), nil
}
