package emulator

// Routes are the method and the path of every route that is served.
func (s *Server) Routes() []string { return s.routes }
