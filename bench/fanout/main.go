// Command fanout measures how a fragment reaches a thousand open pages, beside
// a bare gorilla hub in the same run. The pages are connections of a second
// process, so that the CPU counted is the server's alone.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

type options struct {
	viewers, size, rate int
	duration            time.Duration
	rounds              int
	connect             string
}

func main() {
	var o options
	flag.IntVar(&o.viewers, "viewers", 1000, "open pages")
	flag.IntVar(&o.size, "size", 2048, "bytes of the fragment")
	flag.IntVar(&o.rate, "rate", 10, "fragments a second")
	flag.DurationVar(&o.duration, "duration", 10*time.Second, "how long each round sends")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each hub is measured, in turns; the median counts")
	flag.StringVar(&o.connect, "connect", "", "be the pages and connect here (used by the command itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if o.connect != "" {
		err = view(ctx, o, os.Stdin, os.Stdout)
	} else {
		err = run(ctx, o, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fanout:", err)
		os.Exit(1)
	}
}

// hub is what is measured: it serves pages and sends each fragment to all.
type hub interface {
	http.Handler
	send(fragment []byte)
	viewers() int
	stop()
}

// result is one round. CPU is the server's; Delays are from send to receipt.
type result struct {
	Messages int64
	P50, P99 time.Duration
	CPU      time.Duration
}

// perThousand is the server's CPU for a thousand messages.
func (r result) perThousand() time.Duration {
	return r.CPU * 1000 / time.Duration(max(r.Messages, 1))
}

func run(ctx context.Context, o options, out io.Writer) error {
	kinds := []struct {
		name string
		make func(o options) (hub, error)
	}{{"throughline web/live", newLive}, {"bare gorilla hub", newBare}}
	results := make([][]result, len(kinds))
	for range o.rounds {
		for i, kind := range kinds {
			h, err := kind.make(o)
			if err != nil {
				return err
			}
			r, err := measure(ctx, o, h)
			if err != nil {
				return fmt.Errorf("%s: %w", kind.name, err)
			}
			results[i] = append(results[i], r)
		}
	}
	_, _ = fmt.Fprintf(out, "A fragment of %d bytes, %d times a second, to %d viewers; medians of %d rounds of %s on %d cores.\n\n"+
		"| hub | messages | CPU per 1,000 messages | p50 | p99 |\n| --- | ---: | ---: | ---: | ---: |\n",
		o.size, o.rate, o.viewers, o.rounds, o.duration, runtime.NumCPU())
	var cost [2]time.Duration
	for i, kind := range kinds {
		r := medianOf(results[i])
		cost[i] = r.perThousand()
		_, _ = fmt.Fprintf(out, "| %s | %d | %.2f ms | %.1f ms | %.1f ms |\n", kind.name, r.Messages, ms(cost[i]), ms(r.P50), ms(r.P99))
	}
	_, _ = fmt.Fprintf(out, "\nCPU of web/live ÷ bare hub: %.2f\n", float64(cost[0])/float64(cost[1]))
	return nil
}

// measure sends to a fresh process of viewers for the time of a round.
func measure(ctx context.Context, o options, h hub) (result, error) {
	defer h.stop()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return result{}, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	pages, err := startPages(ctx, o, "ws://"+l.Addr().String()+"/live?topic=bench")
	if err != nil {
		return result{}, err
	}
	if err := pages.await(ctx, h, o.viewers); err != nil {
		return result{}, err
	}
	runtime.GC()
	before := cpu()
	tick := time.NewTicker(time.Second / time.Duration(o.rate))
	defer tick.Stop()
	for end := time.Now().Add(o.duration); time.Now().Before(end); <-tick.C {
		h.send(fragment(o.size))
	}
	spent := cpu() - before
	r, err := pages.end()
	r.CPU = spent
	return r, err
}

// fragment carries the moment at which it was made, and filler.
func fragment(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = 'x'
	}
	copy(b, strconv.FormatInt(time.Now().UnixNano(), 10)+" ")
	return b
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pages is the process that holds the viewers.
type pages struct {
	cmd *exec.Cmd
	in  io.Closer
	out io.Reader
}

func startPages(ctx context.Context, o options, url string) (*pages, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-connect", url, "-viewers", strconv.Itoa(o.viewers))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &pages{cmd, in, out}, cmd.Start()
}

func (p *pages) await(ctx context.Context, h hub, viewers int) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for h.viewers() < viewers {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// end closes the pages and reads what they saw.
func (p *pages) end() (result, error) {
	if err := p.in.Close(); err != nil {
		return result{}, err
	}
	var r result
	if err := json.NewDecoder(p.out).Decode(&r); err != nil {
		return r, fmt.Errorf("read what the viewers saw: %w", err)
	}
	return r, p.cmd.Wait()
}
