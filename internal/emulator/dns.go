package emulator

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// StartDNS serves the world's zones over UDP and TCP on an address ("127.0.0.1:0" takes a free port) until Close, and
// returns the address. It answers as the name servers of every extension do: a domain that is taken is delegated, but
// for one in twenty. What is free, premium or for sale is not.
func (s *Server) StartDNS(address string) (string, error) {
	packets, listener, err := listenBoth(address)
	for tries := 0; err != nil && strings.HasSuffix(address, ":0") && tries < 100; tries++ {
		packets, listener, err = listenBoth(address) // a port that is free for UDP need not be for TCP
	}
	if err != nil {
		return "", err
	}
	for _, server := range []*dns.Server{{PacketConn: packets}, {Listener: listener}} {
		server.Handler = dns.HandlerFunc(s.answerDNS)
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		// It ends at Close, with nothing to report.
		go func() { _ = server.ActivateAndServe() }()
		<-started
		s.dns = append(s.dns, server)
	}
	return packets.LocalAddr().String(), nil
}

// listenBoth listens on one port for UDP and TCP.
func listenBoth(address string) (net.PacketConn, net.Listener, error) {
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		packets.Close()
		return nil, nil, err
	}
	return packets, listener, nil
}

func (s *Server) answerDNS(w dns.ResponseWriter, question *dns.Msg) {
	n := s.counts.questions.Add(1)
	reply := new(dns.Msg)
	if len(question.Question) != 1 {
		_ = w.WriteMsg(reply.SetRcode(question, dns.RcodeFormatError))
		return
	}
	reply.SetReply(question)
	if options := question.IsEdns0(); options != nil {
		reply.SetEdns0(options.UDPSize(), false)
	}
	_, overTCP := w.LocalAddr().(*net.TCPAddr)
	chance := func(what string) float64 {
		return float64(s.world.hash("dns", what, strconv.FormatInt(n, 10))>>11) / (1 << 53)
	}
	switch {
	case !overTCP && chance("lost") < s.options.DNSLost:
		return
	case chance("servfail") < s.options.DNSServFail:
		reply.Rcode = dns.RcodeServerFailure
	case !overTCP && chance("truncated") < s.options.DNSTruncated:
		reply.Truncated = true
	default:
		s.zoneAnswer(reply, question.Question[0])
	}
	_ = w.WriteMsg(reply) // the client may be gone
}

// zoneAnswer fills in what the extension's name server says.
func (s *Server) zoneAnswer(reply *dns.Msg, question dns.Question) {
	name := strings.ToLower(strings.TrimSuffix(question.Name, "."))
	record := func(owner, kind, data string) dns.RR {
		rr, err := dns.NewRR(fmt.Sprintf("%s. 3600 IN %s %s", owner, kind, data))
		if err != nil {
			panic(err) // ours alone
		}
		return rr
	}
	if s.world.known[name] != nil && question.Qtype == dns.TypeNS {
		reply.Authoritative = true
		reply.Answer = append(reply.Answer, record(name, "NS", "ns1.registry.example."))
		return
	}
	label, e := s.world.split(name)
	if e == nil {
		reply.Rcode = dns.RcodeRefused
		return
	}
	label = label[strings.LastIndexByte(label, '.')+1:]
	domain := label + "." + e.name
	if s.delegated(domain, label, e) {
		reply.Ns = append(reply.Ns, record(domain, "NS", "ns1.parking.example."), record(domain, "NS", "ns2.parking.example."))
		return
	}
	reply.Authoritative, reply.Rcode = true, dns.RcodeNameError
	reply.Ns = append(reply.Ns, record(e.name, "SOA", "ns1.registry.example. hostmaster.registry.example. 1 7200 900 1209600 300"))
}

// delegated says whether DNS knows a domain: one in twenty of the taken ones it does not.
func (s *Server) delegated(domain, name string, e *extension) bool {
	if slices.Contains(s.options.DNSWildcards, e.name) {
		return true
	}
	return s.world.kindOf(domain, name, e).truth() == "taken" && s.world.hash("undelegated", domain)%20 != 0
}
