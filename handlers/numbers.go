package handlers

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"agcrm-google/models"
)

// wholeNumber reads a number as people type it, with the full-width digits of
// a Japanese keyboard too; -1, which every check refuses, is no number.
func wholeNumber(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(norm.NFKC.String(text)))
	if err != nil {
		return -1
	}
	return n
}

// colorNumber reads an event colour; the empty string is none.
func colorNumber(text string) int {
	if text == "" {
		return 0
	}
	if n := wholeNumber(text); n != 0 {
		return n
	}
	return -1
}

// colorText is the form value of a colour.
func colorText(color int) string {
	if color == 0 {
		return ""
	}
	return strconv.Itoa(color)
}

// idOf reads an id in the address; what is none names nothing that exists.
func idOf(c echo.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil {
		return 0, models.ErrNotFound
	}
	return id, nil
}
