package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"agcrm-google/models"
)

// maxSecretsFile is one byte more than a client_secrets.json may have, so that
// one that is too long is read as such.
const maxSecretsFile = 64<<10 + 1

type secretsCommand struct {
	Import secretsImport `cmd:"" help:"Install client_secrets.json, with the same checks as the page."`
}

type secretsImport struct {
	File    string `arg:"" help:"The file downloaded from Google's console."`
	Replace bool   `help:"Take a file with another client id although that ends every employee's link."`
}

// Run checks the file and seals it in the database.
func (s secretsImport) Run(ctx context.Context, p *program) error {
	text, err := readLimited(s.File, maxSecretsFile)
	if err != nil {
		return fmt.Errorf("read client_secrets.json: %w", err)
	}
	db, service, err := p.openService(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	secrets, err := service.ParseClientSecrets(text)
	if err != nil {
		return err
	}
	if err := service.InstallClientSecrets(ctx, secrets, s.Replace); err != nil {
		return err
	}
	uri, _ := service.RedirectURI(secrets)
	_, err = fmt.Fprintf(p.out, "Installed client %s of project %s; Google's answer is awaited at %s\n",
		secrets.ClientID, secrets.ProjectID, uri)
	return err
}

// readLimited reads at most limit bytes of a file.
func readLimited(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

type keyCommand struct {
	Reset keyReset `cmd:"" help:"Make a new key; ends every employee's link and drops the client secrets."`
}

type keyReset struct{}

// Run drops what the old key sealed, and only then makes the new key: stopped
// in between, the installation still works with the old one.
func (keyReset) Run(ctx context.Context, p *program) error {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.ResetSecrets(ctx); err != nil {
		return fmt.Errorf("drop what the old key sealed: %w", err)
	}
	if _, err := models.ReplaceKey(p.settings.KeyFile); err != nil {
		return fmt.Errorf("make the new key: %w", err)
	}
	_, err = fmt.Fprintf(p.out, "New key in %s. Restart the service, upload client_secrets.json again, and let every employee link again.\n",
		p.settings.KeyFile)
	return err
}
