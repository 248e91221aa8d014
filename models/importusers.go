package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"gorm.io/gorm"
)

// ImportedUser is what became of one line of an import.
type ImportedUser struct {
	ID       int64
	Login    string
	Password string // generated, for a new user only; shown once and never again
	Created  bool   // false: the user was there and was updated
	Numbered bool   // the line named no number, and NextUserID's way chose one: it must be the CRM's
}

// ImportUsers adds or updates many users from a list login,id,name,email,role
// with a heading, in the order of its lines. The list is what spreadsheets
// write: separated by commas, semicolons or tabs, in UTF-8, UTF-16 or Shift_JIS.
//
// A login that is known is updated in the columns that the list has; an empty
// role changes nothing there, and number and password stay. The whole list goes
// in or nothing does: bad lines are told as Problems, each with its line number
// as the argument "line" and its column as the field.
func (db *DB) ImportUsers(ctx context.Context, list io.Reader) ([]ImportedUser, error) {
	lines, err := readUserList(list)
	if err != nil {
		return nil, err
	}
	// What is new is decided before the transaction, which must not wait for the
	// slow hashing. Should a login appear meanwhile, its unique key stops all.
	known, err := db.Users(ctx)
	if err != nil {
		return nil, err
	}
	next, err := db.NextUserID(ctx)
	if err != nil {
		return nil, err
	}
	plan, ps := planImport(lines, known, next)
	if len(ps) > 0 {
		return nil, ps
	}
	if err := givePasswords(ctx, plan); err != nil {
		return nil, err
	}
	if err := db.writeImport(ctx, plan); err != nil {
		return nil, err
	}
	done := make([]ImportedUser, len(plan))
	for i, p := range plan {
		done[i] = p.ImportedUser
	}
	return done, nil
}

// importStep is one line, decided: the row as it shall be.
type importStep struct {
	ImportedUser
	line int
	user User
}

// planImport decides what each line does, purely. It tells all faults of all lines.
func planImport(lines []userLine, known []User, next int64) (plan []importStep, faults Problems) {
	byLogin, byID := make(map[string]User), make(map[int64]User)
	for _, u := range known {
		byLogin[foldLogin(u.Login)], byID[u.ID] = u, u
		next = max(next, u.ID+1)
	}
	for _, l := range lines {
		next = max(next, l.id+1) // a chosen number must not be one that a later line names
	}
	seen := make(map[string]bool)
	for _, l := range lines {
		step := importStep{line: l.number}
		old, exists := byLogin[foldLogin(l.login)]
		if step.user = l.onto(old); !exists {
			step.Created = true
			if step.Numbered = l.id == 0 && !l.badID; step.Numbered {
				step.user.ID = next
			}
		}
		ps := l.check(step.user, old, exists)
		if other, taken := byID[step.user.ID]; !exists && taken && step.user.ID > 0 {
			ps = append(ps, conflict("id", "import.id_taken", "id", strconv.FormatInt(step.user.ID, 10), "login", other.Login))
		}
		if seen[foldLogin(l.login)] {
			ps = append(ps, Invalid("login", "import.login_twice", "login", l.login))
		}
		seen[foldLogin(l.login)] = true
		byID[step.user.ID] = step.user
		if step.Numbered {
			next++
		}
		step.ID, step.Login = step.user.ID, step.user.Login
		plan, faults = append(plan, step), append(faults, onLine(l.number, ps)...)
	}
	return plan, faults
}

// onLine adds the line number to problems.
func onLine(line int, ps Problems) Problems {
	for i, p := range ps {
		ps[i] = lineProblem(line, p)
	}
	return ps
}

// lineProblem gives a copy of the problem with the argument "line".
func lineProblem(line int, p *Problem) *Problem {
	args := map[string]string{"line": strconv.Itoa(line)}
	for name, value := range p.Args {
		args[name] = value
	}
	return &Problem{Kind: p.Kind, Field: p.Field, Message: Message{Key: p.Key, Args: args}}
}

// givePasswords generates and hashes the new users' passwords, several at once:
// 300 take some seconds.
func givePasswords(ctx context.Context, plan []importStep) error {
	var group sync.WaitGroup
	errs := make([]error, len(plan))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := make(chan struct{}, cap(hashSlots)/2) // leave logins a slot
	for i := range plan {
		if !plan[i].Created {
			continue
		}
		workers <- struct{}{}
		group.Go(func() {
			defer func() { <-workers }()
			plan[i].Password = GeneratePassword()
			if plan[i].user.PasswordHash, errs[i] = hashPassword(ctx, plan[i].Password); errs[i] != nil {
				cancel()
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// writeImport writes all lines in one transaction.
func (db *DB) writeImport(ctx context.Context, plan []importStep) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		for _, step := range plan {
			write := updateFromList
			if step.Created {
				write = insert
			}
			err := write(tx, step.user)
			var ps Problems
			if errors.As(err, &ps) {
				return onLine(step.line, ps)
			}
			if err != nil {
				return fmt.Errorf("line %d: %w", step.line, err)
			}
		}
		return nil
	})
}

// updateFromList leaves alone what a list cannot hold: the user may just be
// choosing another language.
func updateFromList(tx *gorm.DB, u User) error {
	err := tx.Exec("UPDATE users SET name = ?, email = ?, role = ? WHERE id = ?",
		u.Name, nullable(u.Email), u.Role, u.ID).Error
	if err != nil {
		return fmt.Errorf("update user %d: %w", u.ID, err)
	}
	return nil
}
