package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"agcrm-google/models"
)

type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add an account."`
	List    userList    `cmd:"" help:"List all accounts."`
	Passwd  userPasswd  `cmd:"" help:"Set a new password; ends the user's sessions."`
	Disable userDisable `cmd:"" help:"Forbid login, end the sessions and pause the link."`
	Enable  userEnable  `cmd:"" help:"Take a disabled account back into service."`
	Import  userImport  `cmd:"" help:"Add or update many accounts from a CSV file with the columns login,id,name,email,role."`
}

type userAdd struct {
	Login         string `arg:"" help:"Name to log in with."`
	ID            *int64 `name:"id" placeholder:"N" help:"The CRM's own user number; without it one above the highest in use."`
	Name          string `placeholder:"S" help:"Name as colleagues see it."`
	Email         string `placeholder:"S" help:"E-mail address."`
	Admin         bool   `help:"Make the user an administrator."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input instead of generating one."`
}

// Run adds the account and, where it made up the password, prints it once.
func (u userAdd) Run(ctx context.Context, p *program) error {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	password, err := p.password(u.PasswordStdin)
	if err != nil {
		return err
	}
	user := models.User{Login: u.Login, Name: u.Name, Email: u.Email, Role: models.RoleEmployee}
	if u.Admin {
		user.Role = models.RoleAdmin
	}
	if u.ID != nil {
		user.ID = *u.ID
	} else if user.ID, err = db.NextUserID(ctx); err != nil {
		return fmt.Errorf("find a free user number: %w", err)
	}
	if err := db.AddUser(ctx, user, password); err != nil {
		return err
	}
	if u.ID == nil {
		p.warnNumber(u.Login, user.ID)
	}
	fmt.Fprintf(p.out, "Added %s with number %d.\n", u.Login, user.ID)
	return p.tellPassword(password, u.PasswordStdin)
}

type userList struct{}

// Run prints one line for each account, ordered by login.
func (userList) Run(ctx context.Context, p *program) error {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	users, err := db.Users(ctx)
	if err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tLOGIN\tNAME\tEMAIL\tROLE\tSTATE")
	for _, user := range users {
		state := "enabled"
		if user.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", user.ID, user.Login, user.Name, user.Email, user.Role, state)
	}
	return table.Flush()
}

type userPasswd struct {
	Login         string `arg:"" help:"Whose password."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input instead of generating one."`
}

// Run sets the password.
func (u userPasswd) Run(ctx context.Context, p *program) error {
	return p.withUser(ctx, u.Login, func(db *models.DB, user models.User) error {
		password, err := p.password(u.PasswordStdin)
		if err != nil {
			return err
		}
		if err := db.SetPassword(ctx, user.ID, password); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Changed the password of %s.\n", user.Login)
		return p.tellPassword(password, u.PasswordStdin)
	})
}

type userDisable struct {
	Login string `arg:"" help:"Whose account."`
}

// Run disables the account.
func (u userDisable) Run(ctx context.Context, p *program) error {
	return p.setDisabled(ctx, u.Login, true, "Disabled %s.\n")
}

type userEnable struct {
	Login string `arg:"" help:"Whose account."`
}

// Run enables the account.
func (u userEnable) Run(ctx context.Context, p *program) error {
	return p.setDisabled(ctx, u.Login, false, "Enabled %s.\n")
}

func (p *program) setDisabled(ctx context.Context, login string, disabled bool, report string) error {
	return p.withUser(ctx, login, func(db *models.DB, user models.User) error {
		if err := db.SetDisabled(ctx, user.ID, disabled); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.out, report, user.Login)
		return err
	})
}

type userImport struct {
	File string `arg:"" help:"List with the header login,id,name,email,role, as spreadsheets write it (CSV; UTF-8, UTF-16 or Shift_JIS)."`
}

// Run adds or updates all users of the file, or none, and prints the passwords
// that were generated for new ones as CSV.
func (u userImport) Run(ctx context.Context, p *program) error {
	file, err := os.Open(u.File)
	if err != nil {
		return fmt.Errorf("read the users: %w", err)
	}
	defer file.Close()
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	imported, err := db.ImportUsers(ctx, file)
	if err != nil {
		return err
	}
	out := csv.NewWriter(p.out)
	out.Write([]string{"login", "password"})
	created := 0
	for _, user := range imported {
		if user.Numbered {
			p.warnNumber(user.Login, user.ID)
		}
		if user.Created {
			created++
			out.Write([]string{user.Login, user.Password})
		}
	}
	out.Flush()
	fmt.Fprintf(p.err, "agcrm-google: %d users added, %d updated\n", created, len(imported)-created)
	return out.Error()
}

// withUser opens the database and finds the user of that login.
func (p *program) withUser(ctx context.Context, login string, do func(*models.DB, models.User) error) error {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	user, err := db.UserByLogin(ctx, login)
	if errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("there is no user %q; \"agcrm-google user list\" shows all", login)
	}
	if err != nil {
		return fmt.Errorf("find user %q: %w", login, err)
	}
	return do(db, user)
}

// password is the first line of standard input, or a generated one.
func (p *program) password(fromInput bool) (string, error) {
	if !fromInput {
		return models.GeneratePassword(), nil
	}
	line, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// warnNumber tells of a user number that was chosen, not given.
func (p *program) warnNumber(login string, id int64) {
	fmt.Fprintf(p.err, "agcrm-google: warning: %s got the number %d; it must be the CRM's own user number: name that one if it is another\n", login, id)
}

// tellPassword prints a generated password: it is never shown again.
func (p *program) tellPassword(password string, fromInput bool) error {
	if fromInput {
		return nil
	}
	_, err := fmt.Fprintf(p.out, "Password: %s\n", password)
	return err
}
