package calsync

import (
	"fmt"
	"testing"
)

// Point 9: an organiser hands a meeting over and leaves it before the own link has
// seen either: who has it now keeps it, whoever runs first.
func TestSpecHandedOverAndLeftBeforeTheOrganiserRan(t *testing.T) {
	for _, order := range orders() {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			w := company(t, order...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], bossMail)).Id
			w.syncOf(otherUser)
			w.of(testUser).HandOver(event, w.of(otherUser))
			w.of(testUser).Delete("primary", event)
			w.settle(order...)
			w.settle(order...)
			if row := w.onlyRow(); row.OwnerID != otherUser {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	}
}
