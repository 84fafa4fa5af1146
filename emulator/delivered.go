package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// held is the state of every domain that came of an order.
func (s *Server) held() map[string]string {
	held := map[string]string{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for domain := range s.sold {
		held[domain] = "ok"
	}
	return held
}

// iamID makes a UUID of a number.
func iamID(n uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", n>>32, n>>16&0xffff, n>>4&0xfff, n&0xfff, n>>16)
}

// delivered serves what clients look at once an order is delivered: the domain, in OVHcloud's second API.
func (s *Server) delivered() {
	s.route("GET /v2/domain/name/{domain}", needed, func(a *answer, r *http.Request) {
		domain := r.PathValue("domain")
		if _, has := s.services()[domain]; !has {
			a.unknown()
			return
		}
		_, extension, _ := strings.Cut(domain, ".")
		servers := []map[string]any{
			{"nameServer": "dns10.ovh.net", "nameServerType": "OVHCLOUD"}, {"nameServer": "ns10.ovh.net", "nameServerType": "OVHCLOUD"},
		}
		a.json(map[string]any{
			"id": domain, "checksum": "0", "resourceStatus": "READY", "currentTasks": []any{},
			"iam": map[string]any{"id": iamID(s.world.dice("iam", domain)), "urn": "urn:v1:eu:resource:domain:" + domain},
			"currentState": map[string]any{
				"name": domain, "extension": extension, "mainState": "OK", "protectionState": "PROTECTED", "suspensionState": "NOT_SUSPENDED",
				"additionalStates": []any{},
				"dnsConfiguration": map[string]any{
					"configurationType": "HOSTED", "glueRecordIPv6Supported": true, "hostSupported": true, "maxDNS": 10, "minDNS": 2, "nameServers": servers,
				},
			},
			"targetSpec": map[string]any{"dnsConfiguration": map[string]any{"nameServers": []map[string]any{
				{"nameServer": "dns10.ovh.net"}, {"nameServer": "ns10.ovh.net"},
			}}},
		})
	})
}
