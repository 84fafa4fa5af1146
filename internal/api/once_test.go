package api_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"tldsweep/internal/api"
)

// refuser is an HTTP/2 server that refuses each connection's first request in a way in which net/http sends a request
// again by itself, and answers any other. It counts by method what arrives.
type refuser struct {
	goAway bool // the connection is given up; else the stream alone is refused

	mu   sync.Mutex
	seen map[string]int
}

func (r *refuser) serve(conn net.Conn) {
	defer conn.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if framer.WriteSettings() != nil {
		return
	}
	methods := map[uint32]string{}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = framer.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			methods[frame.StreamID] = frame.PseudoValue("method")
			if frame.StreamEnded() {
				err = r.answer(framer, frame.StreamID, methods[frame.StreamID])
			}
		case *http2.DataFrame:
			if frame.StreamEnded() {
				err = r.answer(framer, frame.StreamID, methods[frame.StreamID])
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *refuser) answer(framer *http2.Framer, stream uint32, method string) error {
	r.mu.Lock()
	r.seen[method]++
	first := r.seen[method] == 1
	r.mu.Unlock()
	if !first {
		block := []byte{0x88} // ":status 200" of HPACK's static table
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndHeaders: true}); err != nil {
			return err
		}
		return framer.WriteData(stream, true, []byte(`7`))
	}
	if r.goAway {
		return framer.WriteGoAway(0, http2.ErrCodeNo, nil)
	}
	return framer.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
}

// What must be sent once is sent once by every layer: over HTTP/2, too, where net/http repeats a request that a server refused.
func TestOnceIsOnce(t *testing.T) {
	for _, goAway := range []bool{false, true} {
		// For its certificate alone.
		certified := httptest.NewTLSServer(http.NotFoundHandler())
		defer certified.Close()
		listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		server := &refuser{goAway: goAway, seen: map[string]int{}}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go server.serve(conn)
			}
		}()
		roots := certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		client, err := api.New(api.Config{Endpoint: "https://" + listener.Addr().String() + "/1.0", RootCAs: roots, Key: &api.Key{}})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		var answer int
		if _, err := client.Do(t.Context(), api.Call{Method: "GET", Path: "/x", Into: &answer, Anonymous: true}); err != nil || answer != 7 {
			t.Errorf("a GET is asked again: %d, %v", answer, err)
		}
		receipt, err := client.Do(t.Context(), api.Call{Method: "POST", Path: "/x", Body: map[string]int{"a": 1}, Into: &answer, Anonymous: true, Once: true})
		if err == nil || api.OutcomeOf(receipt, err) != api.Unknown {
			t.Errorf("%v is %s", err, api.OutcomeOf(receipt, err))
		}
		if server.seen["POST"] != 1 || server.seen["GET"] != 2 {
			t.Errorf("with goaway %v the server saw %v", goAway, server.seen)
		}
	}
}
