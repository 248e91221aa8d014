package handlers

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"agcrm-google/models"
)

// linkGauges are numbers of the database as it is when the metrics are read:
// one statement for all of them, and none between two readings.
type linkGauges struct{ db *models.DB }

var (
	linksGauge  = prometheus.NewDesc("agcrm_google_links", "Linked employees.", nil, nil)
	brokenGauge = prometheus.NewDesc("agcrm_google_links_broken", "Links that an employee has to link again.", nil, nil)
	heldGauge   = prometheus.NewDesc("agcrm_google_held_deletions", "Deletions that wait for a decision.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g linkGauges) Describe(out chan<- *prometheus.Desc) {
	out <- linksGauge
	out <- brokenGauge
	out <- heldGauge
}

// Collect implements prometheus.Collector. Without the database these numbers
// are left out; the others must be readable all the more then.
func (g linkGauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts, err := g.db.LinkCounts(ctx)
	if err != nil {
		return
	}
	for desc, value := range map[*prometheus.Desc]int64{linksGauge: counts.Links, brokenGauge: counts.Broken, heldGauge: counts.Held} {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value))
	}
}
