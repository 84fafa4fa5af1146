package delegation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"syscall"

	"github.com/miekg/dns"
)

// cause is why DNS has no answer. Each is said once.
type cause int

const (
	machineHasNoResolver cause = iota
	serversNotFound            // of an extension, by the machine's resolver
	serversSilent              // of an extension
	resolversSilent            // those of the user
	everythingDelegated
	causes
)

// trouble is one cause in words, and what to do about it.
type trouble struct {
	cause         cause
	message, hint string
}

func noResolver(err error) *trouble {
	return &trouble{machineHasNoResolver,
		fmt.Sprintf("DNS is not asked, since this machine has no resolver (%s); every domain is asked for at OVHcloud", inWords(err)),
		"name a resolver with --resolver ADDR[:PORT], or leave out --prefilter dns"}
}

func notFound(extension string, err error) *trouble {
	return &trouble{serversNotFound,
		fmt.Sprintf("DNS has no answer under .%s: its name servers are not found (%s); these domains are asked for at OVHcloud", extension, inWords(err)),
		"see whether the resolvers in /etc/resolv.conf answer, or name another with --resolver ADDR[:PORT]; --summary lists every extension without an answer"}
}

// noAnswer says that the servers of an extension, or the user's resolvers, do not answer.
func (c *Checker) noAnswer(extension string, err error) *trouble {
	if c.resolvers != nil {
		return &trouble{resolversSilent,
			fmt.Sprintf("DNS has no answer under .%s: resolver %s; these domains are asked for at OVHcloud", extension, inWords(err)),
			"see whether --resolver names a DNS server that answers this machine; --summary lists every extension without an answer"}
	}
	return &trouble{serversSilent,
		fmt.Sprintf("DNS has no answer under .%s: name server %s; these domains are asked for at OVHcloud", extension, inWords(err)),
		"where a firewall blocks port 53, name a resolver behind it with --resolver ADDR[:PORT]; --summary lists every extension without an answer"}
}

// wildcard says that an extension delegates every name.
func (c *Checker) wildcard(extension string) *trouble {
	who := "DNS"
	if c.resolvers != nil {
		who = "the resolver"
	}
	return &trouble{everythingDelegated,
		fmt.Sprintf("%s delegates every name under .%s, also names that nobody has; these domains are asked for at OVHcloud", who, extension),
		"--summary lists every such extension; if these are many, the resolver invents answers: name another with --resolver ADDR[:PORT]"}
}

// troubles says each cause once. It is safe for concurrent use.
type troubles struct {
	log *slog.Logger

	mu   sync.Mutex
	said [causes]bool
}

func (t *troubles) say(what *trouble) {
	t.mu.Lock()
	before := t.said[what.cause]
	t.said[what.cause] = true
	t.mu.Unlock()
	if t.log != nil && !before {
		t.log.Warn(what.message, "hint", what.hint)
	}
}

var (
	errMismatch  = errors.New("the reply is not to the question")
	errLame      = errors.New("it does not know the extension")
	errNoServers = errors.New("none is registered")
	errNoAddress = errors.New("they have no address")
	errAbandoned = errors.New("its extension was given up meanwhile")
)

// replyError is a reply that is no answer.
type replyError struct{ rcode int }

func (e *replyError) Error() string { return "it answers " + dns.RcodeToString[e.rcode] }

// isUnreachable says whether this machine has no way to an address at all.
func isUnreachable(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.EADDRNOTAVAIL) ||
		errors.Is(err, syscall.EAFNOSUPPORT)
}

// serverError is why a server gave no answer.
type serverError struct {
	address string
	err     error
}

func (e *serverError) Error() string { return e.address + ": " + e.err.Error() }
func (e *serverError) Unwrap() error { return e.err }

// inWords is an error without the names of Go's functions and this machine's ports.
func inWords(err error) string {
	at := ""
	if e, ok := errors.AsType[*serverError](err); ok {
		at = e.address + ": "
	}
	for _, known := range []struct {
		err  error
		text string
	}{
		{context.DeadlineExceeded, "no reply in time"},
		{os.ErrDeadlineExceeded, "no reply in time"},
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.ENETUNREACH, "network unreachable"},
		{syscall.EHOSTUNREACH, "host unreachable"},
	} {
		if errors.Is(err, known.err) {
			return at + known.text
		}
	}
	return err.Error()
}
