"""Four workers, as on a small host. Each line of the log names the one that answered."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = 4
threads = 2
accesslog = "-"
access_log_format = "%(p)s %(m)s %(U)s %(s)s"
control_socket_disable = True  # several banks may run on one machine
