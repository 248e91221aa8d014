package main

import (
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/microsoft/go-mssqldb/msdsn"

	"agcrm-google/config"
)

// guide is a text of the repository's root.
func guide(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// TestGuideShowsTheTestedScript holds the worked example of install.md against
// the script that the store's tests run on a server.
func TestGuideShowsTheTestedScript(t *testing.T) {
	script := strings.TrimSpace(guide(t, "models/testdata/crm.sqlserver.sql"))
	if !strings.Contains(guide(t, "install.md"), "```sql\n"+script+"\n```\n") {
		t.Error("the example in install.md differs from models/testdata/crm.sqlserver.sql: copy that text there")
	}
}

func TestGuidesNameOnlyCommandsThatAre(t *testing.T) {
	help := command(t, "", nil, "--help").out
	named := regexp.MustCompile("(?:^|[`\"&>] ?)agcrm-google ([a-z]+)(?: ([a-z]+(?:\\\\?\\|[a-z]+)*))?(?m:[ `\\n\"])")
	groups := []string{"user", "secrets", "key", "service"}
	seen := 0
	for _, name := range []string{"README.md", "install.md"} {
		for _, line := range strings.Split(guide(t, name), "\n") {
			for _, found := range named.FindAllStringSubmatch(line+"\n", -1) {
				words := []string{found[1]}
				if slices.Contains(groups, found[1]) {
					words = nil
					for word := range strings.SplitSeq(strings.ReplaceAll(found[2], `\`, ""), "|") {
						words = append(words, found[1]+" "+word)
					}
				}
				for _, word := range words {
					seen++
					if !strings.Contains(help, "\n  "+word+" ") {
						t.Errorf("%s names the command %q, which there is not: %s", name, word, line)
					}
				}
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d commands were looked at", seen)
	}
}

func TestGuideListsEverySetting(t *testing.T) {
	text := guide(t, "install.md")
	for _, name := range config.Names() {
		row := "| `" + strings.ReplaceAll(name, "-", "_") + "` | `--" + name + "` | `" + config.Variable(name) + "` |"
		if !strings.Contains(text, row) {
			t.Errorf("install.md lacks the line %s", row)
		}
	}
}

// TestGuidesAddressesAreTaken gives every database address of install.md to
// what reads it: our settings, and the driver.
func TestGuidesAddressesAreTaken(t *testing.T) {
	addresses := regexp.MustCompile("`(sqlserver://[^`. ]+[^` ]*)`").FindAllStringSubmatch(guide(t, "install.md"), -1)
	for _, found := range addresses {
		settings := config.Config{Database: found[1]}
		if err := settings.Complete(); err != nil {
			t.Errorf("%s: %v", found[1], err)
			continue
		}
		u, err := url.Parse(found[1])
		if err != nil {
			t.Errorf("%s: %v", found[1], err)
			continue
		}
		query := u.Query()
		for name := range query {
			if strings.Contains(strings.ToLower(name), "certificate") {
				query.Del(name) // the driver reads the file at once
			}
		}
		u.RawQuery = query.Encode()
		read, err := msdsn.Parse(u.String())
		if err != nil || read.Database != "CRM" || !read.MultiSubnetFailover || read.Encryption != msdsn.EncryptionRequired {
			t.Errorf("%s is read as %+v, %v", found[1], read, err)
		}
	}
	if len(addresses) < 7 {
		t.Errorf("only %d addresses were found", len(addresses))
	}
}
