#!/bin/bash
# Tries docker-compose.yml for real, where nothing can be pulled: a Docker daemon of its own, a base image made with debootstrap, clients on
# the host. Prints what it saw; exits with 1 when something did not hold. Needs root on Debian, an hour of nothing else on ports 1935, 8554, 8888 and 8889.
# usage: tools/compose-trial.sh [folder to work in]      The folder keeps the base and Docker's layers for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-/var/tmp/mediamesh-compose-trial}
project=mediamesh-trial
failed=0
mkdir -p "$work"

log() { echo "$(date +%H:%M:%S) $*"; }
ok() { log "ok      $*"; }
bad() { log "FAILED  $*"; failed=1; }

# --- what the trial needs

for program in dockerd docker-compose debootstrap ffmpeg curl; do
  command -v "$program" > /dev/null || missing=yes
done
if [ -n "${missing:-}" ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io docker-compose debootstrap ffmpeg curl > /dev/null
fi

export DOCKER_HOST="unix://$work/docker.sock"
dockerd --host "$DOCKER_HOST" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" > "$work/dockerd.log" 2>&1 &
daemon=$!
compose() { docker-compose -p "$project" -f docker-compose.yml -f "$work/override.yml" "$@"; }
publishers=()
finish() {
  set +e
  for pid in "${publishers[@]}"; do kill "$pid" 2> /dev/null; done
  compose down -v --timeout 5 > "$work/down.log" 2>&1 && log "down"
  kill "$daemon" && wait "$daemon"
  log "the daemon has ended"
}
trap finish EXIT
for _ in $(seq 100); do docker info > /dev/null 2>&1 && break; sleep 0.2; done
log "$(docker version --format 'docker {{.Server.Version}}, {{.Server.KernelVersion}}'), $(docker-compose version --short)"

# --- images: the base has Node and npm of this repository and this machine; nats and nginx are Debian's

if [ ! -f "$work/base/usr/bin/env" ]; then
  log "debootstrap"
  debootstrap --variant=minbase bookworm "$work/base" > "$work/debootstrap.log"
fi
if ! docker image inspect mediamesh-base > /dev/null 2>&1; then
  cp node_modules/node/bin/node "$work/base/usr/local/bin/node"
  mkdir -p "$work/base/usr/local/lib/node_modules" "$work/base/etc/ssl/certs"
  cp -rL "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$work/base/usr/local/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/base/usr/local/bin/npm"
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  tar -C "$work/base" -c . | docker import --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - mediamesh-base > /dev/null
fi
export BASE_IMAGE=mediamesh-base NATS_IMAGE=mediamesh-nats NGINX_IMAGE=mediamesh-nginx POSTGRES_IMAGE=mediamesh-postgres
debian_image() { # name, package, entry point
  printf 'FROM mediamesh-base\nRUN apt-get update -qq && apt-get install -y -qq --no-install-recommends %s\nENTRYPOINT ["%s"]\n' "$2" "$3" |
    docker build --network host -q -t "$1" - > /dev/null
}
debian_image mediamesh-nats nats-server nats-server
debian_image mediamesh-nginx nginx-light nginx
# What the official image does with these variables and this volume.
docker build --network host -q -t mediamesh-postgres - > /dev/null << 'DOCKERFILE'
FROM mediamesh-base
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql \
  && ln -s /usr/lib/postgresql/*/bin /usr/lib/postgresql/bin && mkdir /var/lib/postgresql/data && chown postgres /var/lib/postgresql/data
USER postgres
ENV PATH=/usr/lib/postgresql/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["sh", "-ec", "if [ ! -s $PGDATA/PG_VERSION ]; then printf %s \"$POSTGRES_PASSWORD\" > /tmp/password; initdb -U $POSTGRES_USER --pwfile=/tmp/password --auth=scram-sha-256; echo \"CREATE DATABASE $POSTGRES_USER\" | postgres --single postgres; echo 'host all all all scram-sha-256' >> $PGDATA/pg_hba.conf; fi; exec postgres -c 'listen_addresses=*' -c unix_socket_directories=/tmp"]
DOCKERFILE
# The layers are built with the host's network, where the registries are.
{
  echo 'services:'
  for service in api rtsp rtmp webrtc hooks hls; do printf '  %s:\n    build:\n      network: host\n' "$service"; done
} > "$work/override.yml"
log "building"
compose build > "$work/build.log" 2>&1 || { tail -40 "$work/build.log"; exit 1; }
ok "images: $(docker images --format '{{.Repository}} {{.Size}}' | grep "^$project" | sort | tr '\n' ' ')"

# --- one process, in a container

docker build -q --network host --build-arg BASE_IMAGE="$BASE_IMAGE" -t mediamesh-standalone . > /dev/null 2>> "$work/build.log"
id=$(docker run -d --rm --read-only --tmpfs /tmp mediamesh-standalone)
for _ in $(seq 60); do [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ] && break; sleep 0.5; done
[ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ] && ok "standalone is healthy" || { bad "standalone"; docker logs "$id"; }
docker stop "$id" > /dev/null

# --- up

compose up -d > "$work/up.log" 2>&1 || { tail -40 "$work/up.log"; exit 1; }
containers() { compose ps -q "$@"; }
healthy() { # service: how many of its containers are healthy
  local count=0 id
  for id in $(containers "$1"); do
    [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ] && count=$((count + 1))
  done
  echo "$count"
}
wait_healthy() { # service, number
  for _ in $(seq 120); do
    [ "$(healthy "$1")" -ge "$2" ] && { ok "$1: $2 healthy"; return; }
    sleep 0.5
  done
  bad "$1: $(healthy "$1") of $2 healthy"
  compose logs --tail=30 "$1"
}
for service in api rtsp rtmp webrtc hooks hls; do wait_healthy "$service" 1; done

id=$(containers hls)
user=$(docker exec "$id" node -p 'process.getuid()')
[ "$user" != 0 ] && ok "hls runs as user $user" || bad "hls runs as root"
docker exec "$id" node -e 'require("fs").writeFileSync("/app/x", "")' 2> /dev/null && bad "the root file system can be written to" ||
  ok "the root file system is read-only"
curl -fs http://127.0.0.1:9997/v3/info > /dev/null && ok "the Control API answers" || bad "the Control API does not answer"

# --- what the API changes is kept

curl -fs -X POST http://127.0.0.1:9997/v3/config/paths/add/kept -d '{"maxReaders": 7}' > /dev/null || bad "the API changes nothing"
compose restart --timeout 5 api > "$work/restart.log" 2>&1
wait_healthy api 1
kept=
for _ in $(seq 40); do kept=$(curl -fs http://127.0.0.1:9997/v3/config/paths/get/kept || true); [ -n "$kept" ] && break; sleep 0.5; done
[[ $kept == *'"maxReaders":7'* ]] && ok "a change of the API survives a restart" || bad "a change of the API is lost"

# --- publish and play

ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 \
  -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 25 -c:a aac \
  -f rtsp -rtsp_transport tcp rtsp://127.0.0.1:8554/trial > "$work/publisher.log" 2>&1 &
publishers+=($!)
for _ in $(seq 50); do compose logs --no-color rtsp 2> /dev/null | grep -q "is publishing to path 'trial'" && break; sleep 0.2; done

ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=size=640x360:rate=25 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 25 \
  -f flv rtmp://127.0.0.1:1935/trial-rtmp > "$work/rtmp-publisher.log" 2>&1 &
publishers+=($!)
for _ in $(seq 50); do compose logs --no-color rtmp 2> /dev/null | grep -q "is publishing to path 'trial-rtmp'" && break; sleep 0.2; done

frames() { # seconds, url and options: how many pictures ffmpeg decodes
  ffmpeg -nostdin -v error "${@:2}" -t "$1" -map 0:v -f framemd5 - 2>> "$work/players.log" | grep -vc '^#'
}
plays() { # what, seconds, url and options
  local count
  count=$(timeout $(($2 + 30)) bash -c "$(declare -f frames); work=$work; frames $2 ${*:3}" || true)
  [ "${count:-0}" -ge $(($2 * 24)) ] && ok "$1: $count pictures in $2 s" || bad "$1: ${count:-0} pictures in $2 s"
}
plays 'RTSP' 5 -rtsp_transport tcp -i rtsp://127.0.0.1:8554/trial
plays 'HLS through the proxy' 5 -i http://127.0.0.1:8888/trial/index.m3u8
plays 'RTMP, published and read' 5 -i rtmp://127.0.0.1:1935/trial-rtmp
plays 'HLS of what RTMP published' 5 -i http://127.0.0.1:8888/trial-rtmp/index.m3u8
curl -fs http://127.0.0.1:8889/trial/ > /dev/null && ok "the WebRTC page is there" || bad "there is no WebRTC page"
page=$(curl -fs http://127.0.0.1:8888/trial/ || true)
[[ $page == *hls.min.js* ]] && ok "the page is there" || bad "there is no page"

# --- more replicas, and one less, while somebody plays

long_player() { plays 'HLS, while replicas come and go' 40 -i http://127.0.0.1:8888/trial/index.m3u8; }
long_player > "$work/long.log" 2>&1 &
long=$!
compose up -d --scale hls=3 --no-recreate > "$work/scale.log" 2>&1 || { tail -20 "$work/scale.log"; failed=1; }
wait_healthy hls 3
for number in 1 2 3; do plays "HLS, three replicas, player $number" 4 -i http://127.0.0.1:8888/trial/index.m3u8; done
victim=$(containers hls | tail -1)
docker update --restart=no "$victim" > /dev/null
docker kill "$victim" > /dev/null
log "killed ${victim:0:12}"
for number in 1 2 3; do plays "HLS, one killed, player $number" 4 -i http://127.0.0.1:8888/trial/index.m3u8; done
plays 'RTSP, at the end' 3 -rtsp_transport tcp -i rtsp://127.0.0.1:8554/trial
wait "$long" || true
cat "$work/long.log"
grep -q '^[^ ]* ok ' "$work/long.log" || failed=1

[ "$failed" = 0 ] && log "everything held" || { log "something did not hold"; compose logs --no-color --tail=25; }
exit "$failed"
