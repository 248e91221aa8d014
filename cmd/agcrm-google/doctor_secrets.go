package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"agcrm-google/models"
)

// checkKey proves the key on what it sealed, and uses it from then on. Fresh
// means that the database holds nothing yet.
func (d *doctor) checkKey(ctx context.Context, fresh bool) (usable bool) {
	path := d.settings.KeyFile
	sealed := false
	if !fresh {
		var err error
		if sealed, err = d.db.HasSealedSecrets(ctx); err != nil {
			d.fail("key", d.explain(err).Error(), "let the login read this service's tables")
			return false
		}
	}
	sealer, err := models.LoadKey(path)
	if errors.Is(err, models.ErrNotFound) && !sealed {
		d.warn("key", path+" does not exist yet", "nothing to do: the first start creates it; then keep a copy of it in a safe place")
		return true
	}
	if err == nil && !fresh {
		d.db.UseSealer(sealer)
		err = d.db.ProveSealer(ctx, sealer)
	}
	if err != nil {
		d.fail("key", d.explain(err).Error(),
			"bring the right key file to "+path+" (from the backup), or run \"agcrm-google key reset\", which ends all links")
		return false
	}
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		d.warn("key", path+" can be read by other accounts", "run: chmod 600 "+path)
		return true
	}
	d.ok("key", path)
	return true
}

// checkSecrets looks at the installed client_secrets.json and the redirect URI
// that it leads to.
func (d *doctor) checkSecrets(ctx context.Context, fresh, keyUsable bool) {
	if fresh {
		d.noSecrets(0)
		return
	}
	if !keyUsable {
		d.warn("client_secrets", "not checked", seeAbove)
		d.warn("redirect_uri", "not checked", seeAbove)
		return
	}
	service := d.synchroniser(d.db)
	secrets, err := service.ClientSecrets(ctx)
	if errors.Is(err, models.ErrNotFound) {
		links, err := d.db.CountLinks(ctx)
		if err != nil {
			d.fail("client_secrets", d.explain(err).Error(), "let the login read this service's tables")
			return
		}
		d.noSecrets(links)
		return
	}
	if err != nil {
		d.fail("client_secrets", d.explain(err).Error(), "upload client_secrets.json again on the Groupware tab")
		d.warn("redirect_uri", "not checked", seeAbove)
		return
	}
	d.ok("client_secrets", fmt.Sprintf("client %s of project %q", secrets.ClientID, secrets.ProjectID))
	d.noteRedirect(service.RedirectURI(secrets))
}

// noSecrets reports that none were uploaded: natural on a fresh installation,
// a fault where employees are linked.
func (d *doctor) noSecrets(links int64) {
	const remedy = "upload client_secrets.json on the Groupware tab, or run \"agcrm-google secrets import FILE\""
	if links > 0 {
		d.fail("client_secrets", fmt.Sprintf("none are installed, but %d employees are linked", links), remedy)
	} else {
		d.warn("client_secrets", "none are installed yet", remedy)
	}
	d.warn("redirect_uri", "nothing to compare with yet", d.registerRemedy())
}

// noteRedirect judges the address at which Google's answer is awaited.
func (d *doctor) noteRedirect(uri string, local bool) {
	switch {
	case uri == "":
		d.fail("redirect_uri", "client_secrets.json holds no address that this service answers at", d.registerRemedy()+"; then download the file and upload it again")
	case local:
		d.warn("redirect_uri", uri+" works only for browsers on the server itself",
			"others paste the address after their consent; to spare them that, "+d.registerRemedy())
	default:
		d.ok("redirect_uri", uri)
	}
}

func (d *doctor) registerRemedy() string {
	return "register this exact string in Google's console: " + d.settings.RedirectURIs()[0]
}
