package handlers

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// csvColumns are the keys of the headings, in order.
var csvColumns = []string{"users.id", "field.login", "users.name", "links.state", "links.account", "links.last_success",
	"links.backlog", "system.held", "links.left_aside", "links.failures", "links.reason"}

// linksCSV writes every employee's link for a spreadsheet.
func (s *server) linksCSV(c echo.Context) error {
	page := pageOf(c)
	var out bytes.Buffer
	out.WriteString("\ufeff") // without it Excel takes Japanese for the code page of the machine
	w := csv.NewWriter(&out)
	heads := make([]string, len(csvColumns))
	for i, key := range csvColumns {
		heads[i] = page.T(key)
	}
	if err := w.Write(heads); err != nil {
		return err
	}
	for offset := 0; ; offset += 500 {
		rows, total, err := s.db.LinkRows(c.Request().Context(), models.LinkFilter{Offset: offset, Limit: 500})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := w.Write(csvRow(page, row)); err != nil {
				return err
			}
		}
		if len(rows) == 0 || int64(offset+len(rows)) >= total {
			break
		}
	}
	w.Flush()
	c.Response().Header().Set("Content-Disposition", `attachment; filename="links.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
}

func csvRow(page views.Page, row models.LinkRow) []string {
	cells := []string{strconv.FormatInt(row.User.ID, 10), row.User.Login, row.User.Name, page.T(views.HealthOf(row.Link, page.Now).Key)}
	if l := row.Link; l != nil {
		cells = append(cells, l.Email, csvTime(l.LastSuccess(), page.Zone), strconv.Itoa(l.Backlog),
			strconv.FormatInt(row.Held, 10), strconv.FormatInt(row.LeftAside, 10), strconv.Itoa(l.Failures), reason(page, l.Error()))
	}
	for len(cells) < len(csvColumns) {
		cells = append(cells, "")
	}
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

// harmless keeps a spreadsheet from taking a name for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
