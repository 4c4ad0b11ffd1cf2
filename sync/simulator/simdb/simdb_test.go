package simdb_test

import (
	"context"
	"net/url"
	"testing"

	"throughline/models/store/storetest"
	"throughline/sync/simulator/simdb"
)

func TestOpenMakesTheDatabaseOnceAndKeepsIt(t *testing.T) {
	dsn := storetest.DSN(t)
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := address.Path[1:] + "_sim"
	address.Path = "/" + name
	t.Cleanup(func() { drop(t, dsn, name) })

	var lives []string
	for range 2 {
		db, err := simdb.Open(t.Context(), address.String())
		if err != nil {
			t.Fatal(err)
		}
		life, found, err := simdb.State(t.Context(), db, "instance")
		if err != nil || !found {
			t.Fatalf("instance %q: %v", life, err)
		}
		lives = append(lives, life)
		db.Close()
	}
	if lives[0] != lives[1] || len(lives[0]) != 8 {
		t.Errorf("the same database says that it is %v", lives)
	}
}

func drop(t *testing.T, dsn, name string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := simdb.Open(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(ctx, `DROP DATABASE "`+name+`"`); err != nil {
		t.Error(err)
	}
}

func TestStateIsKept(t *testing.T) {
	db, err := simdb.Open(t.Context(), storetest.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, found, err := simdb.State(t.Context(), db, "x"); found || err != nil {
		t.Errorf("found before it was set: %v", err)
	}
	for _, want := range []string{"1", "2"} {
		if err := simdb.SetState(t.Context(), db, "x", want); err != nil {
			t.Fatal(err)
		}
		if got, found, err := simdb.State(t.Context(), db, "x"); got != want || !found || err != nil {
			t.Errorf("got %q, want %q: %v", got, want, err)
		}
	}
}
