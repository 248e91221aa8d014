//go:build deps

package main

import (
	_ "github.com/a-h/templ"
	_ "github.com/alecthomas/kong"
	_ "github.com/alexedwards/scs/v2"
	_ "github.com/cenkalti/backoff/v5"
	_ "github.com/chromedp/chromedp"
	_ "github.com/glebarez/sqlite"
	_ "github.com/kardianos/service"
	_ "github.com/labstack/echo/v4"
	_ "github.com/labstack/echo/v4/middleware"
	_ "github.com/microsoft/go-mssqldb"
	_ "github.com/microsoft/go-mssqldb/integratedauth/krb5"
	_ "github.com/nicksnyder/go-i18n/v2/i18n"
	_ "github.com/pressly/goose/v3"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/teambition/rrule-go"
	_ "github.com/tink-crypto/tink-go/v2/aead"
	_ "github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/oauth2/google"
	_ "golang.org/x/text/language"
	_ "golang.org/x/time/rate"
	_ "google.golang.org/api/calendar/v3"
	_ "gorm.io/driver/sqlserver"
	_ "gorm.io/gorm"
	_ "pgregory.net/rapid"
)
