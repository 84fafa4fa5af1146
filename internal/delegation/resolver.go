package delegation

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tldsweep/internal/pace"
)

// No extension has more name servers, or addresses of them; what a hostile reply lists beyond is left out.
const (
	mostNames     = 16
	mostAddresses = 4 // of one name server, of each kind
)

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// readResolvers reads who the machine's resolvers are. An error says why there is none.
func readResolvers(on network, resolvConf string) (servers []*server, err error) {
	config, err := dns.ClientConfigFromFile(resolvConf)
	if err != nil {
		return nil, err
	}
	for _, host := range config.Servers {
		if address, err := netip.ParseAddr(host); err == nil {
			servers = append(servers, newServer(on, net.JoinHostPort(address.String(), config.Port), pace.New(0)))
		}
	}
	if len(servers) == 0 {
		return nil, fmt.Errorf("%s names none", resolvConf)
	}
	return servers, nil
}

// findInTurn is findServers, for a few extensions at once.
func (c *Checker) findInTurn(extension string, patience time.Duration) ([]*server, error) {
	select {
	case c.finding <- struct{}{}:
		defer func() { <-c.finding }()
	case <-c.running.Done():
		return nil, c.running.Err()
	}
	ctx, cancel := context.WithTimeout(c.running, patience)
	defer cancel()
	return c.findServers(ctx, extension)
}

// findServers asks the machine's resolvers for the name servers of the zone that an extension's names are in: its own, or
// the one above it where it is none. There is at least one, or an error.
func (c *Checker) findServers(ctx context.Context, extension string) ([]*server, error) {
	var names []string
	for zone := extension; len(names) == 0; {
		reply, err := c.resolve(ctx, zone+".", dns.TypeNS)
		if err != nil {
			return nil, err
		}
		for _, record := range reply.Answer {
			if ns, ok := record.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, zone+".") && len(names) < mostNames {
				names = append(names, ns.Ns)
			}
		}
		_, above, more := strings.Cut(zone, ".")
		if len(names) == 0 && !more {
			return nil, errNoServers
		}
		zone = above
	}
	slices.Sort(names)
	addresses, failures := make([][2][]netip.Addr, len(names)), make([][2]error, len(names))
	var lookups sync.WaitGroup
	for i, name := range names {
		for j, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
			lookups.Go(func() { addresses[i][j], failures[i][j] = c.addressesOf(ctx, name, kind) })
		}
	}
	lookups.Wait()
	var servers []*server
	for _, of := range addresses {
		servers = append(servers, c.serversAt(slices.Concat(of[0], of[1]))...)
	}
	if len(servers) > 0 {
		return servers, nil
	}
	for _, failure := range failures {
		if failure[0] != nil {
			return nil, failure[0]
		}
	}
	return nil, errNoAddress
}

// addressesOf asks for the addresses of a name server. Those that are not of one host are left out.
func (c *Checker) addressesOf(ctx context.Context, name string, kind uint16) (addresses []netip.Addr, err error) {
	reply, err := c.resolve(ctx, name, kind)
	if err != nil {
		return nil, err
	}
	for _, record := range reply.Answer {
		var address netip.Addr
		switch record := record.(type) {
		case *dns.A:
			address, _ = netip.AddrFromSlice(record.A)
		case *dns.AAAA:
			address, _ = netip.AddrFromSlice(record.AAAA)
		}
		address = address.Unmap()
		isOneHost := address.IsValid() && !address.IsUnspecified() && !address.IsMulticast() && address != broadcast
		if isOneHost && len(addresses) < mostAddresses {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

// resolve asks the machine's resolvers in turn.
func (c *Checker) resolve(ctx context.Context, name string, kind uint16) (*dns.Msg, error) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(maxUDP, false)
	failure := errNoServers
	for range tries {
		for _, s := range inTurn(c.system) {
			reply, err := c.lookUp(ctx, s, question)
			if err == nil && usable(reply) {
				return reply, nil
			}
			if err == nil {
				err = &replyError{reply.Rcode}
			}
			if ctx.Err() != nil {
				if failure == errNoServers {
					failure = &serverError{s.address, ctx.Err()}
				}
				return nil, failure
			}
			failure = &serverError{s.address, err}
		}
	}
	return nil, failure
}

// lookUp asks one of the machine's resolvers, which gets a few questions at once.
func (c *Checker) lookUp(ctx context.Context, s *server, question *dns.Msg) (*dns.Msg, error) {
	select {
	case c.lookups <- struct{}{}:
		defer func() { <-c.lookups }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.ask(ctx, question, nil)
}
