package handlers

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// csvColumns are the keys of the headings, in order.
var csvColumns = []string{"users.id", "field.login", "users.name", "users.state", "links.state", "links.account", "links.last_success",
	"links.next_run", "links.backlog", "system.held", "links.left_aside", "links.failures", "links.reason", "links.remedy"}

// linksCSV writes the list of links, filtered as it is shown, for a spreadsheet.
// It is sent in parts as they are read: a company of any size takes little memory.
func (s *server) linksCSV(c echo.Context) error {
	page := pageOf(c)
	var part bytes.Buffer
	part.WriteString("\ufeff") // without it Excel takes Japanese for the code page of the machine
	w := csv.NewWriter(&part)
	w.UseCRLF = true // as RFC 4180 has it
	heads := make([]string, len(csvColumns))
	for i, key := range csvColumns {
		heads[i] = page.T(key)
	}
	_ = w.Write(heads) // into memory, where nothing fails
	send := func() error {
		w.Flush()
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		h.Set(echo.HeaderContentDisposition, `attachment; filename="links.csv"`)
		if _, err := part.WriteTo(c.Response()); err != nil {
			return err
		}
		return http.NewResponseController(c.Response()).Flush()
	}
	err := s.db.EachLink(c.Request().Context(), linkFilter(c), func(rows []models.LinkRow) error {
		for _, row := range rows {
			_ = w.Write(csvRow(page, row))
		}
		return send()
	})
	if err == nil {
		err = send()
	}
	if err != nil && c.Response().Committed {
		// Half a list must not pass for a whole one: the browser is told that the
		// download failed.
		s.log.Warn("the export of the links broke off", "reference", requestID(c), "err", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

func csvRow(page views.Page, row models.LinkRow) []string {
	active := page.T("users.active")
	if row.User.Disabled {
		active = page.T("users.disabled")
	}
	cells := []string{strconv.FormatInt(row.User.ID, 10), row.User.Login, row.User.Name, active, page.T(views.HealthOf(row.Link, page.Now).Key)}
	l := row.Link
	if l == nil {
		l = &models.Link{}
	}
	cells = append(cells, l.Email, csvTime(l.LastSuccess(), page.Zone), csvTime(l.NextRun(), page.Zone))
	if row.Link != nil {
		cells = append(cells, strconv.Itoa(l.Backlog), strconv.FormatInt(row.Held, 10), strconv.FormatInt(row.LeftAside, 10), strconv.Itoa(l.Failures))
	} else {
		cells = append(cells, "", "", "", "")
	}
	cells = append(cells, reason(page, l.Error()), page.Remedy(row))
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return cells
}

func csvTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

func reason(page views.Page, m models.Message) string {
	if m.Key == "" {
		return ""
	}
	return page.Say(m)
}

// harmless keeps a spreadsheet from taking a name for a formula, in the
// full-width characters of a Japanese keyboard too.
func harmless(cell string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " \u3000"))
	if strings.ContainsRune("=+-@＝＋－＠\t\r\n", first) {
		return "'" + cell
	}
	return cell
}
