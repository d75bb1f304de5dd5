package witness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/net/netutil"
)

// The words of the protocol.
const (
	endpoint = "/add-checkpoint"
	typeText = "text/plain; charset=utf-8"
	typeSize = "text/x.tlog.size"
)

// Limits of the service.
const (
	requestTime = 15 * time.Second
	idleTime    = time.Minute
	maxHeader   = 16 << 10
	maxClients  = 256
)

// Handler serves POST /add-checkpoint. What the operator ought to know, that a log
// shows two histories or that the witness itself fails, goes to report; the client
// is told no more of it than the protocol says.
func Handler(w *Witness, report func(error)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+endpoint, func(rw http.ResponseWriter, req *http.Request) {
		c, err := serve(w, rw, req)
		if err != nil {
			if status(err) == http.StatusInternalServerError || errors.Is(err, ErrFork) {
				report(err)
			}
			refuse(rw, err)
			return
		}
		reply(rw, http.StatusOK, typeText, c.Line)
	})
	return mux
}

func serve(w *Witness, rw http.ResponseWriter, req *http.Request) (Cosignature, error) {
	b, err := io.ReadAll(http.MaxBytesReader(rw, req.Body, MaxRequest))
	if err != nil {
		return Cosignature{}, fmt.Errorf("read request: %w: %w", ErrMalformed, err)
	}
	r, err := ParseRequest(b)
	if err != nil {
		return Cosignature{}, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), requestTime)
	defer cancel()
	return w.Cosign(ctx, r)
}

// statuses are the errors that have a status of their own.
var statuses = []struct {
	err  error
	code int
}{
	{ErrMalformed, http.StatusBadRequest},
	{ErrUnknownLog, http.StatusNotFound},
	{ErrSignature, http.StatusForbidden},
	{ErrConflict, http.StatusConflict},
	{ErrInconsistent, http.StatusUnprocessableEntity},
	{context.DeadlineExceeded, http.StatusServiceUnavailable},
	{context.Canceled, http.StatusServiceUnavailable},
}

func status(err error) int {
	if errors.Is(err, ErrState) { // wraps why the file could not be read
		return http.StatusInternalServerError
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.code
		}
	}
	return http.StatusInternalServerError
}

func refuse(rw http.ResponseWriter, err error) {
	code := status(err)
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		reply(rw, code, typeSize, strconv.FormatInt(conflict.Known, 10)+"\n")
	case code == http.StatusInternalServerError:
		reply(rw, code, typeText, "the witness cannot answer\n")
	default:
		reply(rw, code, typeText, err.Error()+"\n")
	}
}

func reply(rw http.ResponseWriter, code int, contentType, body string) {
	rw.Header().Set("Content-Type", contentType)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(code)
	_, _ = io.WriteString(rw, body) // the client has gone; there is nobody to tell
}

// Listen listens on a TCP address, which is one of this machine alone unless public
// is set. A host has to be an IP address: a name could lead anywhere.
func Listen(address string, public bool) (net.Listener, error) {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want an IP address and a port, as in 127.0.0.1:8780", clip(address))
	}
	if !public && !ap.Addr().Unmap().IsLoopback() {
		return nil, fmt.Errorf("listen on %s: others could reach it, and that was not asked for", ap)
	}
	l, err := net.Listen("tcp", ap.String())
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", ap, err)
	}
	return l, nil
}

// Serve answers on the listener until the context ends, then finishes the requests
// under way. It closes the listener.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: requestTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      2 * requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(netutil.LimitListener(l, maxClients)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*requestTime)
	defer cancel()
	if err := s.Shutdown(last); err != nil {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
