# Throughline. `make run` shows it, `make test` proves it, `make help` lists the rest.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
ASSETS  := static/vendor/THIRD-PARTY.txt
RACE    ?= -race
PKG     ?= ./...
# Packages tested at once: several Postgres servers and a browser share the machine.
JOBS    ?= 2

# What make detection breaks and make peaks draws: the same seed, the same.
SEED    ?= 1

.PHONY: help run build test screenshot bench detection peaks exchange neighbours lint generate doctor postgres clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build postgres ## build what is missing and start the demo distributor
	@exec ./throughline demo

build: $(ASSETS) ## the binary, ./throughline
	@echo 'Building ./throughline; the first time takes some minutes…' >&2
	@go build -trimpath -ldflags '$(LDFLAGS)' -o throughline .

$(ASSETS): package-lock.json
	@tools/need.sh npm
	@echo 'Fetching what the pages need with npm…' >&2
	@npm ci --ignore-scripts --omit=optional --silent
	@go run ./static/assets
	@touch $@

test: doctor $(ASSETS) ## every test, with the race detector and in random order
	@tools/mount.sh
	@go vet ./...
	@go test $(RACE) -vet=off -ldflags=-w -shuffle=on -p $(JOBS) -timeout 50m $(PKG)

screenshot: doctor $(ASSETS) ## the picture of the README, taken of the running demo
	@THROUGHLINE_SCREENSHOT=docs/overview.png go test -count=1 -run '^TestPeopleWorkWithTheDemo$$/overview' ./e2e/

bench: build postgres ## the measurements of docs/PERFORMANCE.md, each beside its floor; fails when a mark is missed
	@go run ./bench/fanout
	@go test -run '^$$' -bench . -benchtime 100x ./bench/dom
	@go test -run '^$$' -bench . -benchtime 1x ./bench/reconcile
	@go run ./bench

detection: build postgres ## break the demo in a seeded series (eight minutes) and score what is found: docs/DETECTION.md
	@go run ./bench/detection -seed $(SEED)

peaks: build postgres ## replay four peaks at ten times the recorded pace (eleven minutes) and judge the windows: docs/PEAKS.md
	@go run ./bench/peaks -seed $(SEED)

exchange: build postgres ## run the same week live and with nightly files (seven minutes) and set them side by side: docs/BEFORE-AND-AFTER.md
	@go run ./bench/exchange -seed $(SEED)

neighbours: build postgres ## what a file of a million rows, a sender above its quota and a dead target do to the others (six minutes): docs/NEIGHBOURS.md
	@go run ./bench/neighbours

lint: ## golangci-lint with the rules of .golangci.yml
	@go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

generate: ## Go code from the templ files
	@go tool templ generate -log-level error

doctor: ## name what is missing on this machine
	@tools/need.sh go npm cc git chromium postgres

postgres:
	@tools/postgres.sh

clean: ## remove what was built; data and node_modules stay
	@rm -f throughline
