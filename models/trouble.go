package models

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	mssql "github.com/microsoft/go-mssqldb"
)

// Trouble says in plain words what it means that a SQL Server does not let this
// service in, or not do its work, and what to do about it.
type Trouble struct{ What, Remedy string }

const encryptionRemedy = "name the authority that signed it with certificate=, or the server's own certificate with serverCertificate= in AGCRM_DATABASE (install.md, section 4.3)"

// serverTroubles are SQL Server's own errors, the most telling first: a server
// that misses the database says so and then that the login failed.
var serverTroubles = []struct {
	numbers []int32
	Trouble
}{
	{[]int32{4060, 4064, 911, 916}, Trouble{"the server knows the login, but has no database of that name for it: it is missing, not open, or the login has no user in it",
		"check database= in AGCRM_DATABASE; if it is right, let a database administrator make the login's user in that database (install.md, section 4.2)"}},
	{[]int32{18486, 18487, 18488, 18470}, Trouble{"the server knows the login, but it is disabled or locked, or its password has expired",
		"let a database administrator enable it and give it a password that does not expire, then set that in AGCRM_DATABASE"}},
	{[]int32{18452, 17892}, Trouble{"the server does not take the account that this service runs under, or takes Windows accounts only",
		"name login and password in AGCRM_DATABASE and let the server take both kinds of login (mixed mode), or run the service under an account of the server's domain (install.md, section 4.3)"}},
	{[]int32{18456}, Trouble{"the login failed: the server does not know this login, or the password is another",
		"check both in AGCRM_DATABASE (special characters in the password are written percent-encoded, # as %23); the server's own log tells the exact reason (error 18456, its state)"}},
	{[]int32{229, 230, 262, 297, 300, 15247}, Trouble{"the login lacks a right",
		"let a database administrator run what \"agcrm-google migrate --print\" prints: it grants what is needed"}},
	{[]int32{208, 1088, 2760, 15151}, Trouble{"a table is not where this login looks for it: its default schema is another one, or it may not see the table",
		"make the schema that holds this service's tables the default schema of the login's user (ALTER USER ... WITH DEFAULT_SCHEMA = ...), and let a database administrator run what \"agcrm-google migrate --print\" prints"}},
	{[]int32{976, 978, 979, 983, 988, 35250}, Trouble{"the database is part of an availability group, and this server holds a copy that takes no connections now",
		"address the group's listener in AGCRM_DATABASE, not one server"}},
	{[]int32{10928, 10929, 17809, 40501}, Trouble{"the server takes no more connections", "let a database administrator see who holds them; this service opens 16 at most"}},
}

// TroubleOf tells what an error of Open, or of a statement, means. It is false
// for what speaks for itself, SQLite's errors among it.
func TroubleOf(err error) (Trouble, bool) {
	if err == nil {
		return Trouble{}, false
	}
	var server mssql.Error
	if errors.As(err, &server) {
		for _, known := range serverTroubles {
			if slices.Contains(known.numbers, server.Number) || slices.ContainsFunc(server.All, func(e mssql.Error) bool { return slices.Contains(known.numbers, e.Number) }) {
				return known.Trouble, true
			}
		}
		return Trouble{}, false
	}
	if found, ok := certificateTrouble(err); ok {
		return found, true
	}
	return networkTrouble(err)
}

// certificateTrouble looks at the text too: the driver wraps not all of these.
func certificateTrouble(err error) (Trouble, bool) {
	var name x509.HostnameError
	text := err.Error()
	says := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case errors.As(err, &name), says("x509: certificate is valid for"), says("x509: certificate is not valid for any names"), says("doesn't contain any IP SANs"), says("relies on legacy Common Name"):
		return Trouble{"the server's certificate is made out to another name than AGCRM_DATABASE calls the server",
			"call the server by the name in its certificate, or give that with hostNameInCertificate= in AGCRM_DATABASE"}, true
	case says("x509: certificate has expired"):
		return Trouble{"the server's certificate has expired, or the clock of this machine is wrong", "let a database administrator renew it; check the clock"}, true
	case says("x509:"):
		return Trouble{"this machine does not trust the server's certificate", encryptionRemedy}, true
	case says("TLS Handshake failed"), says("tls:"):
		return Trouble{"the server and this service agree on no encryption", "let the server offer TLS 1.2 or later; encrypt=disable in AGCRM_DATABASE is for tests only: it sends the password in the clear"}, true
	}
	return Trouble{}, false
}

func networkTrouble(err error) (Trouble, bool) {
	var name *net.DNSError
	var network net.Error
	switch {
	case strings.Contains(err.Error(), "no instance matching"), strings.Contains(err.Error(), "Sql Server Browser"):
		return Trouble{"the server's named instance was not found",
			"check its name; start the service SQL Server Browser on the server and let UDP port 1434 through, or write the instance's port instead of its name"}, true
	case errors.As(err, &name) && !name.IsTimeout:
		return Trouble{"the server's name is not known on this machine", "check the name in AGCRM_DATABASE, and this machine's DNS"}, true
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "actively refused"):
		return Trouble{"nothing answers at this port of the server",
			"start SQL Server; switch on TCP/IP for it (SQL Server Configuration Manager), and check the port in AGCRM_DATABASE"}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Trouble{"the server does not answer in time", "check its name and port in AGCRM_DATABASE, and the firewalls in between"}, true
	}
	return Trouble{}, false
}
