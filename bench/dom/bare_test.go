package dom

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
)

const barePage = `<!doctype html><p id="count">0</p><script>
	const socket = new WebSocket("ws://" + location.host + "/socket");
	socket.onopen = () => { window.open = true; };
	socket.onmessage = (m) => { document.getElementById("count").textContent = m.data; };
</script>`

// bare is the least that can bring a stored row to an open page.
type bare struct {
	url    string
	b      *testing.B
	conn   *pgx.Conn
	viewer chan *websocket.Conn
	page   *websocket.Conn
}

func startBare(b *testing.B, dsn string) *bare {
	b.Helper()
	s := &bare{b: b, conn: connect(b, dsn), viewer: make(chan *websocket.Conn, 1)}
	if _, err := s.conn.Exec(b.Context(), `CREATE TABLE bare_rows (n int PRIMARY KEY, data text NOT NULL)`); err != nil {
		b.Fatal(err)
	}
	var upgrader websocket.Upgrader
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(barePage)) })
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
			s.viewer <- conn
		}
	})
	server := httptest.NewServer(mux)
	b.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// insert stores a row durably and writes to the page.
func (s *bare) insert(n int) error {
	if s.page == nil {
		s.page = <-s.viewer
		s.b.Cleanup(func() { _ = s.page.Close() })
	}
	if _, err := s.conn.Exec(s.b.Context(), `INSERT INTO bare_rows VALUES ($1, $2)`, n, "a row"); err != nil {
		return err
	}
	return s.page.WriteMessage(websocket.TextMessage, []byte(strconv.Itoa(n)))
}
