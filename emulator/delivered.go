package emulator

import (
	"net/http"
	"strings"
)

// delivered serves what clients look at once an order is delivered: the domain, in OVHcloud's second API.
func (s *Server) delivered() {
	s.route("GET /v2/domain/name/{domain}", needed, func(a *answer, r *http.Request) {
		domain := r.PathValue("domain")
		if !s.isSold(domain) {
			a.fail(http.StatusNotFound, "Client::NotFound", "This service does not exist")
			return
		}
		_, extension, _ := strings.Cut(domain, ".")
		servers := []map[string]any{
			{"nameServer": "dns10.ovh.net", "nameServerType": "OVHCLOUD"}, {"nameServer": "ns10.ovh.net", "nameServerType": "OVHCLOUD"},
		}
		a.json(map[string]any{
			"id": domain, "checksum": "0", "resourceStatus": "READY", "currentTasks": []any{},
			"iam": map[string]any{"id": "0", "urn": "urn:v1:eu:resource:domain:" + domain},
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
