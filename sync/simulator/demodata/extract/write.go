package main

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"compress/gzip"

	"throughline/sync/simulator/demodata/clean"
)

//go:embed origin.md.tmpl
var originText string

func (w *world) write(out string) error {
	for name, rows := range map[string][][]string{
		"items":     w.itemRows(),
		"suppliers": w.supplierRows(),
		"demand":    w.demandRows(),
	} {
		if err := writeCSV(filepath.Join(out, "files", name+".csv.gz"), rows); err != nil {
			return err
		}
	}
	return w.writeOrigin(filepath.Join(out, "ORIGIN.md"))
}

func (w *world) itemRows() [][]string {
	rows := [][]string{{"item", "description", "class", "supplier", "price", "cost", "pack", "moq"}}
	for _, item := range w.Items {
		rows = append(rows, []string{
			item.Code, item.Description, item.Class, supplierCode(w.supplierOf(item.Code)),
			item.Price.StringFixed(2), cost(item.Price).StringFixed(2),
			strconv.Itoa(item.Pack), strconv.Itoa(minimumOrder(item)),
		})
	}
	return rows
}

func (w *world) supplierRows() [][]string {
	rows := [][]string{{"supplier", "name", "deliveries"}}
	for i, vendor := range w.vendors {
		rows = append(rows, []string{supplierCode(i), supplierNames[i], deliveriesText(vendor)})
	}
	return rows
}

func supplierCode(i int) string { return fmt.Sprintf("S-%02d", i+1) }

// deliveriesText is "lead/late:weight …".
func deliveriesText(vendor clean.Vendor) string {
	weights := make(map[clean.Delivery]int)
	for _, d := range vendor.Deliveries {
		weights[d]++
	}
	outcomes := slices.SortedFunc(maps.Keys(weights), func(a, b clean.Delivery) int {
		return cmp.Or(cmp.Compare(a.Lead, b.Lead), cmp.Compare(a.Late, b.Late))
	})
	var text []string
	for _, d := range outcomes {
		text = append(text, fmt.Sprintf("%d/%d:%d", d.Lead, d.Late, weights[d]))
	}
	return strings.Join(text, " ")
}

func (w *world) demandRows() [][]string {
	rows := [][]string{{"item", "dc", "series"}}
	for _, key := range w.sortedSeries() {
		var text []string
		last := 0
		for _, day := range slices.Sorted(maps.Keys(w.demand[key])) {
			text = append(text, fmt.Sprintf("%d:%d", day-last, w.demand[key][day]))
			last = day
		}
		rows = append(rows, []string{key.item, key.dc, strings.Join(text, " ")})
	}
	return rows
}

func writeCSV(path string, rows [][]string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, file.Close()) }()
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(packed).WriteAll(rows); err != nil {
		return err
	}
	return packed.Close()
}

func (w *world) writeOrigin(path string) error {
	page, err := template.New("origin").Parse(originText)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := page.Execute(&text, w); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}
