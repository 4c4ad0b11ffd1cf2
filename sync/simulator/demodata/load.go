package demodata

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

//go:embed files/*.csv.gz
var files embed.FS

const (
	minLead = 2
	maxLead = 15
)

// dcs is the distributor's network. The last one serves customers outside the
// United Kingdom.
func dcs() []DC {
	return []DC{
		{"DC-BHM", "Birmingham", "GB", "Europe/London"},
		{"DC-BRS", "Bristol", "GB", "Europe/London"},
		{"DC-GLA", "Glasgow", "GB", "Europe/London"},
		{"DC-LON", "London Dartford", "GB", "Europe/London"},
		{"DC-MAN", "Manchester", "GB", "Europe/London"},
		{"DC-RTM", "Rotterdam", "NL", "Europe/Amsterdam"},
	}
}

// Load decodes the embedded extract. It fails only when the extract was made
// wrongly.
func Load() (*Data, error) {
	d := &Data{DCs: dcs()}
	for _, part := range []struct {
		file    string
		columns int
		read    func(row []string) error
	}{
		{"suppliers", 3, d.addSupplier},
		{"items", 8, d.addItem},
	} {
		if err := eachRow(part.file, part.columns, part.read); err != nil {
			return nil, fmt.Errorf("demo data %s: %w", part.file, err)
		}
	}
	if err := d.loadDemand(); err != nil {
		return nil, fmt.Errorf("demo data demand: %w", err)
	}
	return d, nil
}

func (d *Data) addSupplier(row []string) error {
	deliveries, err := parseDeliveries(row[2])
	if err != nil {
		return err
	}
	d.Suppliers = append(d.Suppliers, Supplier{Code: row[0], Name: row[1], Deliveries: deliveries})
	return nil
}

func (d *Data) addItem(row []string) error {
	price, errPrice := decimal.NewFromString(row[4])
	cost, errCost := decimal.NewFromString(row[5])
	pack, errPack := strconv.Atoi(row[6])
	moq, errMOQ := strconv.Atoi(row[7])
	if err := errors.Join(errPrice, errCost, errPack, errMOQ); err != nil {
		return err
	}
	d.Items = append(d.Items, Item{
		Code: row[0], Description: row[1], Class: row[2], Supplier: row[3],
		Price: price, Cost: cost, Pack: pack, MOQ: moq,
	})
	return nil
}

func (d *Data) loadDemand() error {
	itemAt := make(map[string]int, len(d.Items))
	for i, item := range d.Items {
		itemAt[item.Code] = i
	}
	dcAt := make(map[string]int, len(d.DCs))
	for i, dc := range d.DCs {
		dcAt[dc.Code] = i
	}
	d.demand = make([][]int32, len(d.Items)*len(d.DCs))
	for i := range d.demand {
		d.demand[i] = make([]int32, DataDays)
	}
	return eachRow("demand", 3, func(row []string) error {
		item, okItem := itemAt[row[0]]
		dc, okDC := dcAt[row[1]]
		if !okItem || !okDC {
			return fmt.Errorf("unknown item or DC %q %q", row[0], row[1])
		}
		return parseSeries(row[2], d.demand[item*len(d.DCs)+dc])
	})
}

// parseSeries fills the days of "gap:pieces gap:pieces …", each gap counted
// from the day before it, the first from day 0.
func parseSeries(text string, days []int32) error {
	day := 0
	for pair := range strings.FieldsSeq(text) {
		gapText, qtyText, _ := strings.Cut(pair, ":")
		gap, errGap := strconv.Atoi(gapText)
		quantity, errQty := strconv.ParseInt(qtyText, 10, 32)
		if err := errors.Join(errGap, errQty); err != nil {
			return err
		}
		if gap < 0 || gap >= len(days)-day || quantity <= 0 {
			return fmt.Errorf("series out of range at %q", pair)
		}
		day += gap
		days[day] = int32(quantity)
	}
	return nil
}

// parseDeliveries reads "lead/late:weight …".
func parseDeliveries(text string) ([]Delivery, error) {
	var deliveries []Delivery
	for entry := range strings.FieldsSeq(text) {
		var d Delivery
		if _, err := fmt.Sscanf(entry, "%d/%d:%d", &d.Lead, &d.Late, &d.Weight); err != nil {
			return nil, fmt.Errorf("delivery %q: %w", entry, err)
		}
		if d.Lead < minLead || d.Lead > maxLead || d.Late < 0 || d.Late >= d.Lead || d.Weight <= 0 {
			return nil, fmt.Errorf("delivery %q out of range", entry)
		}
		deliveries = append(deliveries, d)
	}
	if len(deliveries) == 0 {
		return nil, errors.New("supplier without deliveries")
	}
	return deliveries, nil
}

// eachRow calls read for every row of an embedded file after its header.
func eachRow(name string, columns int, read func(row []string) error) error {
	packed, err := files.ReadFile("files/" + name + ".csv.gz")
	if err != nil {
		return err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	rows := csv.NewReader(unpacked)
	rows.FieldsPerRecord = columns
	if _, err := rows.Read(); err != nil {
		return err
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := read(row); err != nil {
			return err
		}
	}
}
