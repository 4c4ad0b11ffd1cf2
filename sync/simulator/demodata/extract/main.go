// Command extract makes the demo data from the public data sets.
//
//	go run ./sync/simulator/demodata/extract -in <dir> [-out <dir>]
//
// The input directory holds online_retail/ and scms_delivery_history/; the
// output directory is that of package demodata. The result is the same, byte
// for byte, each time.
package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"throughline/sync/simulator/demodata/clean"
)

const (
	retailFile  = "online_retail/transactions_2010-12_2011-12.csv.gz"
	historyFile = "scms_delivery_history/scms_delivery_history.csv.gz"
)

// firstDay is day 0 of the demand.
var firstDay = time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)

// minVendorLines keeps vendors whose lead times make a distribution.
const minVendorLines = 16

func assortment() clean.Assortment {
	return clean.Assortment{
		A: 150, B: 250, C: 200,
		MinSaleDays: 50,
		FirstBefore: firstDay.AddDate(0, 0, 60),
		LastAfter:   firstDay.AddDate(0, 0, 344),
	}
}

func main() {
	in := flag.String("in", "", "directory of the public data sets")
	out := flag.String("out", "sync/simulator/demodata", "directory of package demodata")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		slog.Error("extract", "error", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	var (
		world world
		err   error
	)
	err = readGzip(filepath.Join(in, retailFile), func(r io.Reader) error {
		world.sales, world.Retail, err = clean.Retail(r)
		return err
	})
	if err != nil {
		return err
	}
	err = readGzip(filepath.Join(in, historyFile), func(r io.Reader) error {
		world.vendors, world.Vendors, err = clean.Vendors(r, minVendorLines)
		return err
	})
	if err != nil {
		return err
	}
	world.choose()
	return world.write(out)
}

func readGzip(path string, read func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := read(unpacked); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
